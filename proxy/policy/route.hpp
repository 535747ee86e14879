// Which route takes a request: the first in the order of the configuration that matches.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/types.hpp"
#include "proxy/policy/path_template.hpp"
#include "proxy/policy/text_template.hpp"

namespace wf::policy {

/// What a route names: the tags of its stored answers, and what its writes invalidate.
struct RouteTemplates {
  std::vector<TextTemplate> tags;  ///< of `cache`; the others of `invalidate`
  std::vector<TextTemplate> purged_tags;
  std::vector<TextTemplate> purged_paths;
  std::vector<TextTemplate> purged_prefixes;
  std::vector<TextTemplate> purged_patterns;
  std::vector<std::string> tag_members;       ///< of the response's JSON, that `tags` need
  std::vector<std::string> request_members;   ///< of the request's, that `invalidate` needs
  std::vector<std::string> response_members;  ///< of the response's, that `invalidate` needs
};

struct RouteMatch {
  const config::Route* route = nullptr;       ///< null: none; owned by the table's configuration
  const RouteTemplates* templates = nullptr;  ///< of the route; owned by the table
  std::size_t index = 0;                      ///< the route's place in the configuration
  PathParams params;                          ///< views into the table and the path
};

/// Whether a canonical host (lower-case, without port) is what a pattern names: exact, or
/// "*.example.com" for every name below example.com.
[[nodiscard]] bool host_matches(std::string_view pattern, std::string_view host) noexcept;

/// Immutable, so any thread may match. Keeps its configuration alive. A trie of path segments makes
/// the cost depend on the path, not on the number of routes.
class RouteTable {
 public:
  /// Throws std::invalid_argument on a template that config validation would have refused.
  explicit RouteTable(std::shared_ptr<const config::Config> config);

  /// `host` without port; `path` canonical. Allocates nothing.
  [[nodiscard]] RouteMatch match(std::string_view host, std::string_view method,
                                 std::string_view path) const noexcept;

  [[nodiscard]] const config::Config& config() const noexcept { return *config_; }

 private:
  struct Compiled {
    PathTemplate path;
    RouteTemplates templates;
  };
  struct Node {
    struct Child {
      std::string segment;
      std::size_t node;
    };
    std::vector<Child> literals;     // sorted by segment
    std::size_t param = 0;           // 0: none; the root is nobody's child
    std::vector<std::size_t> ends;   // routes whose template ends here, in order
    std::vector<std::size_t> rests;  // routes that go on with `**` here, in order
    std::size_t first = 0;           // the least route index at or below
  };
  struct Search;

  void insert(std::size_t index);
  [[nodiscard]] std::size_t child_for(std::size_t node, const PathTemplate::Segment& segment);
  [[nodiscard]] const Node::Child* find_literal(const Node& node,
                                                std::string_view segment) const noexcept;
  void descend(std::size_t node, std::string_view rest, Search& search) const noexcept;
  void consider(const std::vector<std::size_t>& routes, Search& search) const noexcept;

  std::shared_ptr<const config::Config> config_;
  std::vector<Compiled> routes_;
  std::vector<Node> nodes_;
};

}  // namespace wf::policy
