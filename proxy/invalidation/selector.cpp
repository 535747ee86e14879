#include "proxy/invalidation/selector.hpp"

#include "proxy/policy/key.hpp"

namespace wf::invalidation {

Selector uri_selector(std::string_view host, std::string_view path, std::string_view query,
                      bool has_query) {
  Selector text{"u "};
  text.append(host).append(" ").append(path);
  if (has_query) text.append("?").append(query);
  return text;
}

Selector path_selector(std::string_view host, std::string_view path) {
  Selector text{"p "};
  return text.append(host).append(" ").append(path);
}

std::vector<Selector> selectors_of(std::string_view key) {
  const auto decoded = policy::decode_key(key);
  // A key that we did not make matches nothing; it cannot be found by a request either.
  if (!decoded) return {};
  const policy::KeyParts& parts = decoded->parts;
  return {uri_selector(parts.host, parts.path, parts.query, parts.has_query),
          path_selector(parts.host, parts.path)};
}

}  // namespace wf::invalidation
