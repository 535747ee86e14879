#include "proxy/invalidation/names.hpp"

#include "proxy/policy/key.hpp"

namespace wf::invalidation {

namespace {

/// "/", "/a", "/a/b" of "/a/b": by whole segments.
void append_prefixes(std::string_view host, std::string_view path, std::vector<Selector>& names) {
  const auto add = [&](std::string_view prefix) {
    const auto selector = prefix_selector(host, prefix);
    if (selector) names.push_back(*selector);
  };
  add("/");
  std::size_t depth = 0;
  for (std::size_t end = 1; end != std::string_view::npos && depth < kMaxPrefixDepth; ++depth) {
    end = path.find('/', end);
    const std::string_view prefix = path.substr(0, end);
    if (prefix.size() > 1 && !prefix.ends_with('/')) add(prefix);
    if (end != std::string_view::npos) ++end;
  }
}

}  // namespace

std::vector<Selector> names_of(std::string_view key, std::span<const std::string> tags,
                               const std::set<Selector>& patterns) {
  std::vector<Selector> names{"n *"};
  const auto decoded = policy::decode_key(key);
  if (!decoded) return names;
  const policy::KeyParts& parts = decoded->parts;
  names.push_back(uri_selector(parts.host, parts.path, parts.query, parts.has_query));
  names.push_back(path_selector(parts.host, parts.path));
  append_prefixes(parts.host, parts.path, names);
  for (const std::string& tag : tags) {
    const auto selector = tag_selector(tag);
    if (selector) names.push_back(*selector);
  }
  if (patterns.empty()) return names;
  const std::string text = names[1].substr(2 + parts.host.size() + 1);
  const std::string site = std::string{"g "}.append(parts.host).append(" ");
  for (const Selector& pattern : patterns) {
    if (pattern.starts_with(site) && glob_matches(pattern.substr(site.size()), text)) {
      names.push_back(pattern);
    }
  }
  return names;
}

}  // namespace wf::invalidation
