// Which stored variant of a resource answers a request? (RFC 9111 §4.1, RFC 9110 §12.5.5)
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "proxy/base/fields.hpp"

namespace wf::policy {

/// More names than this are not worth a cache (FRONT SEC-11).
inline constexpr std::size_t kMaxVaryNames = 8;

enum class VaryForm : std::uint8_t {
  Names,      ///< possibly none: one representation for all
  Star,       ///< "*" anywhere: no later request matches
  TooMany,    ///< more than kMaxVaryNames different names
  Malformed,  ///< something that is no token
};

struct Vary {
  VaryForm form = VaryForm::Names;
  std::vector<std::string> names;  ///< lower-case, sorted, unique; empty unless form is Names
};
/// All Vary lines together. Empty list elements are passed over.
[[nodiscard]] Vary parse_vary(FieldSpan response);

/// Appends what selects a variant: for each of `names` (lower-case, sorted) the request's value in
/// a normal form. Requests get equal bytes only if the RFC lets one's answer serve the other (§4.1:
/// whitespace, combined lines, order where it has no meaning). The encoding is length-prefixed, so
/// no value can imitate another; absent is not empty. Allocates only by growing `out`.
///
/// Accept-Encoding becomes the set of accepted codings; their order and weights among each other
/// are dropped, since any accepted coding serves. Accept-Language becomes languages grouped by
/// weight, highest first, sorted within a group, in lower case.
void append_variant_key(std::span<const std::string> names, FieldSpan request, std::string& out);

/// Request fields that select the variant of that key, in their normal form. Nothing for a text
/// that append_variant_key does not make of them.
[[nodiscard]] std::optional<OwnedFields> fields_of_variant(std::span<const std::string> names,
                                                           std::string_view variant);

/// The one language a client prefers to all others, or an empty view (none, or a tie, or "*").
[[nodiscard]] std::string_view preferred_language(FieldSpan request) noexcept;

[[nodiscard]] bool varies_by_language(std::span<const std::string> names) noexcept;
/// The one member of Content-Language, or an empty view (none, or several).
[[nodiscard]] std::string_view sole_language(FieldSpan response) noexcept;

/// The same with `language` in place of what the request says in Accept-Language. A variant whose
/// Content-Language is one language may be found under it too: a client that prefers this language
/// to all others would have been sent the same (§4.1: "in ways that are known to be semantically
/// equivalent" is read as the server's choice of the preferred language).
void append_language_variant_key(std::span<const std::string> names, FieldSpan request,
                                 std::string_view language, std::string& out);

}  // namespace wf::policy
