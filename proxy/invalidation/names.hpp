// Everything that a stored response can be named by in a purge.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/invalidation/selector.hpp"

namespace wf::invalidation {

/// The selectors that match the response stored under this canonical key with these tags; of
/// patterns those among `patterns`. A key that we did not make is matched by nothing but "n *": no
/// request can find it either.
[[nodiscard]] std::vector<Selector> names_of(std::string_view key,
                                             std::span<const std::string> tags,
                                             const std::set<Selector>& patterns);

}  // namespace wf::invalidation
