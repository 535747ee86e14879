#include "proxy/base/ascii.hpp"

#include <algorithm>
#include <charconv>

namespace wf::ascii {

namespace {

bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

bool detail::equal_without_case(const char* a, const char* b, std::size_t size) noexcept {
  return std::equal(a, a + size, b, [](char x, char y) { return x == y || lower(x) == lower(y); });
}

bool is_line_safe(std::string_view value) noexcept {
  std::size_t at = 0;
  for (; at + 8 <= value.size() && is_plain_word(value.data() + at, false); at += 8) {
  }
  const std::string_view rest = value.substr(at);
  return std::none_of(rest.begin(), rest.end(), [](char c) { return is_control(c) && c != '\t'; });
}

std::string to_lower(std::string_view text) {
  std::string out{text};
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_ows(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_ows(text.back())) text.remove_suffix(1);
  return text;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_tchar);
}

std::optional<std::uint64_t> parse_uint(std::string_view text) noexcept {
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc{}) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

std::string_view next_element(std::string_view& rest, char separator) noexcept {
  while (!rest.empty()) {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < rest.size(); ++end) {
      const char c = rest[end];
      if (quoted && c == '\\') {
        ++end;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == separator && !quoted) {
        break;
      }
    }
    end = std::min(end, rest.size());
    const auto element = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!element.empty()) return element;
  }
  return {};
}

bool list_contains(std::string_view list, std::string_view element) noexcept {
  while (!list.empty()) {
    if (iequals(next_element(list), element)) return true;
  }
  return false;
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out(bytes.size() * 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto b = static_cast<unsigned char>(bytes[i]);
    out[2 * i] = kDigits[b >> 4U];
    out[2 * i + 1] = kDigits[b & 15U];
  }
  return out;
}

}  // namespace wf::ascii
