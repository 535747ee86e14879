// What a purge names, and what a stored response can be named by (design §7).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wf::invalidation {

/// Selectors are texts, as they stand in the purge log:
///   "u host path?query"   one URI: every method class, scheme and variant
///   "p host path"         one path with every query
/// The parts hold no blank and no control character (rules F3 and F4), so that the text is
/// unambiguous.
using Selector = std::string;

[[nodiscard]] Selector uri_selector(std::string_view host, std::string_view path,
                                    std::string_view query, bool has_query);
[[nodiscard]] Selector path_selector(std::string_view host, std::string_view path);

/// Every selector that matches the response stored under this canonical key.
[[nodiscard]] std::vector<Selector> selectors_of(std::string_view key);

}  // namespace wf::invalidation
