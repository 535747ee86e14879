#include "config/source_text.hpp"

#include <fmt/format.h>

namespace wf::config {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
}

/// The length of the UTF-8 character at the front, 0 if it is none (RFC 3629 §4).
std::size_t character_length(std::string_view text) {
  const unsigned first = byte_at(text, 0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(text, i) & 0xC0U) != 0x80U) return 0;
  }
  const unsigned second = byte_at(text, 1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second >= 0xA0;
  const bool beyond = first == 0xF4 && second >= 0x90;
  return overlong || surrogate || beyond ? 0 : length;
}

}  // namespace

std::optional<BadByte> first_bad_byte(std::string_view text) {
  Position position{1, 1};
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t length = character_length(text);
    if (length == 0) return BadByte{position, fmt::format("the byte 0x{:02x} is not UTF-8", first)};
    const bool blank = first == '\t' || first == '\n' || first == '\r';
    if ((first < 0x20 && !blank) || first == 0x7F) {
      return BadByte{position, fmt::format("the control character 0x{:02x}", first)};
    }
    position = first == '\n' ? Position{position.line + 1, 1}
                             : Position{position.line, position.column + 1};
    text.remove_prefix(length);
  }
  return std::nullopt;
}

}  // namespace wf::config
