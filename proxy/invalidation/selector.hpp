// What a purge names (design §7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/base/error.hpp"

namespace wf::invalidation {

enum class SelectorKind : std::uint8_t { Uri, Path, Tag, Prefix, Pattern, Namespace };

/// Selectors are texts, as they stand in the purge log:
///   "u host path?query"   one URI: every method class, scheme and variant
///   "p host path"         one path with every query
///   "t tag"               every response that carries the tag
///   "x host /prefix"      that path and all below it, with every query
///   "g host glob"         path and query as one text; '*' stands for any run of characters
///   "n name"              every response of the route of that name; "n *": everything
/// Host, path, query, prefix and glob hold no blank and no control character (rules F3 and F4), so
/// that the text is unambiguous. Host, path and query are the canonical ones of the cache key.
using Selector = std::string;

/// Longer ones are refused. A URI's is as long as a request line may be.
inline constexpr std::size_t kMaxSelector = 8192;
inline constexpr std::size_t kMaxTag = 1024;
/// A prefix may have so many segments; a pattern so many '*'.
inline constexpr std::size_t kMaxPrefixDepth = 64;
inline constexpr std::size_t kMaxPatternStars = 16;

/// Of canonical parts; these two cannot be bad.
[[nodiscard]] Selector uri_selector(std::string_view host, std::string_view path,
                                    std::string_view query, bool has_query);
[[nodiscard]] Selector path_selector(std::string_view host, std::string_view path);

/// Unsupported, with a detail that says what is wrong, where the text cannot be a selector's.
[[nodiscard]] Result<Selector> tag_selector(std::string_view tag);
/// `prefix` begins with '/'; one '/' at its end is of no meaning.
[[nodiscard]] Result<Selector> prefix_selector(std::string_view host, std::string_view prefix);
/// `glob` begins with '/' or '*'.
[[nodiscard]] Result<Selector> pattern_selector(std::string_view host, std::string_view glob);
/// A route's name, or "*" for everything.
[[nodiscard]] Result<Selector> namespace_selector(std::string_view route);

/// A text that somebody else wrote: the selector in canonical form.
[[nodiscard]] Result<Selector> parse_selector(std::string_view text);

/// Of a selector that the functions above made; nothing for another text.
[[nodiscard]] std::optional<SelectorKind> kind_of(std::string_view selector) noexcept;

/// Whether the whole of `text` is what `glob` describes. Linear in the text for each '*'.
[[nodiscard]] bool glob_matches(std::string_view glob, std::string_view text) noexcept;

}  // namespace wf::invalidation
