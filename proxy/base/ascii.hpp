// Text of HTTP is ASCII: no locale, no allocation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wf::ascii {

[[nodiscard]] constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_alpha(char c) noexcept {
  return lower(c) >= 'a' && lower(c) <= 'z';
}
/// Optional whitespace: SP or HTAB (RFC 9110 §5.6.3).
[[nodiscard]] constexpr bool is_ows(char c) noexcept { return c == ' ' || c == '\t'; }
/// A character of a token (RFC 9110 §5.6.2).
[[nodiscard]] constexpr bool is_tchar(char c) noexcept {
  return is_alpha(c) || is_digit(c) ||
         std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}
/// The value of one hexadecimal digit, or -1.
[[nodiscard]] constexpr int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

[[nodiscard]] bool iequals(std::string_view a, std::string_view b) noexcept;
[[nodiscard]] std::string to_lower(std::string_view text);
/// Without OWS at both ends.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;
/// One or more token characters and nothing else.
[[nodiscard]] bool is_token(std::string_view text) noexcept;
/// Digits only, value ≤ 2^63-1; nothing else is a number (no sign, no blank).
[[nodiscard]] std::optional<std::uint64_t> parse_uint(std::string_view text) noexcept;

/// Takes the first element off a comma-separated list and trims it (RFC 9110 §5.6.1). Commas inside
/// quoted strings do not separate. Empty elements are passed over; at the end an empty view is
/// returned and `rest` is empty.
[[nodiscard]] std::string_view next_element(std::string_view& rest, char separator = ',') noexcept;
/// Whether a comma-separated list holds `element`, compared without case.
[[nodiscard]] bool list_contains(std::string_view list, std::string_view element) noexcept;

/// Lower-case hexadecimal.
[[nodiscard]] std::string hex(std::string_view bytes);

}  // namespace wf::ascii
