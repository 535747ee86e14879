// The tags of what is stored: from the route's templates, the response's fields and its JSON.
#pragma once

#include <string>
#include <vector>

#include "proxy/base/chunk.hpp"
#include "proxy/server/exchange.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

/// So much of a body is looked at for members of its JSON.
inline constexpr std::size_t kLookInto = 1U << 20U;

/// What the tags of a fill are filled from, owned: a fill outlives its request.
struct TagOrder {
  const policy::RouteTemplates* templates = nullptr;  ///< of the route
  OwnedFields params;
  std::string query;
  std::string origin;  ///< "scheme://authority", for groups
};
[[nodiscard]] TagOrder tag_order(const Request& request, std::string_view scheme);

/// Whether tags of the route stand in the response's JSON, so that they are known at its end only.
[[nodiscard]] bool tags_in_body(const policy::RouteTemplates& templates);

/// Those that do not need the body; `response` are the fields received.
[[nodiscard]] policy::Expanded tags_of_head(const TagOrder& order, FieldSpan request,
                                            FieldSpan response);
/// Adds those that do. Templates without their value are counted.
void add_tags_of_body(Worker& worker, const TagOrder& order, FieldSpan request,
                      const std::vector<Chunk>& body, std::vector<std::string>& tags);

/// Adds those that are not there yet.
void add_tags(const std::vector<std::string>& more, std::vector<std::string>& tags);

/// Larger bodies are not stored.
[[nodiscard]] std::uint64_t largest_stored(const Shared& shared, const policy::RouteMatch& route);

/// Whether a request may follow a fill that began at `as_of`: where tags are known at the end only,
/// no purge may have come since.
[[nodiscard]] bool may_follow(Worker& worker, const policy::RouteMatch& route,
                              const cache::Stamp& as_of);

}  // namespace wf::server
