// Text of HTTP is ASCII: no locale, no allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
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
namespace detail {
/// By byte, since heads are made of little else.
inline constexpr std::array<bool, 256> kTokenChars = [] {
  std::array<bool, 256> is{};
  for (unsigned char c = 0x21; c < 0x7f; ++c) {
    const char text = static_cast<char>(c);
    is[c] = is_alpha(text) || is_digit(text) ||
            std::string_view{"!#$%&'*+-.^_`|~"}.find(text) != std::string_view::npos;
  }
  return is;
}();
[[nodiscard]] bool equal_without_case(const char* a, const char* b, std::size_t size) noexcept;
}  // namespace detail
/// Optional whitespace: SP or HTAB (RFC 9110 §5.6.3).
[[nodiscard]] constexpr bool is_ows(char c) noexcept { return c == ' ' || c == '\t'; }
/// A character of a token (RFC 9110 §5.6.2).
[[nodiscard]] constexpr bool is_tchar(char c) noexcept {
  return detail::kTokenChars[static_cast<unsigned char>(c)];
}
/// The value of one hexadecimal digit, or -1.
[[nodiscard]] constexpr int hex_value(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

[[nodiscard]] inline bool iequals(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && detail::equal_without_case(a.data(), b.data(), a.size());
}
[[nodiscard]] std::string to_lower(std::string_view text);
/// Without OWS at both ends.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;
/// One or more token characters and nothing else.
[[nodiscard]] bool is_token(std::string_view text) noexcept;
/// No control byte other than HTAB: nothing that could end a field line (RFC 9110 §5.5).
[[nodiscard]] bool is_line_safe(std::string_view value) noexcept;
/// Of the eight bytes from `bytes` on none is a control byte, nor, where `narrow`, outside ASCII.
/// May say no where the answer is yes, never the other way round.
[[nodiscard]] inline bool is_plain_word(const char* bytes, bool narrow) noexcept {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  constexpr std::uint64_t kHigh = 0x80 * kEach;
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  const std::uint64_t below_blank = (word - 0x20 * kEach) & ~word & kHigh;
  const std::uint64_t delete_gone = word ^ (0x7f * kEach);
  const std::uint64_t is_delete = (delete_gone - kEach) & ~delete_gone & kHigh;
  return (below_blank | is_delete | (narrow ? word & kHigh : 0)) == 0;
}
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
