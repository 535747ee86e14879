// Structured Field Values for HTTP (RFC 8941): dictionaries, and lists of strings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace wf::policy {

enum class ItemType : std::uint8_t { Integer, Decimal, String, Token, Bytes, Boolean, InnerList };

struct DictionaryMember {
  std::string key;
  ItemType type = ItemType::Boolean;
  std::int64_t integer = 0;  ///< of Integer
  bool boolean = true;       ///< of Boolean; a key alone is true
  std::string text;          ///< of String (unescaped) and Token
  bool operator==(const DictionaryMember&) const = default;
};

/// §4.2.2. `text` is the value of all field lines joined with commas. Nothing if any part of it is
/// malformed. Parameters are checked and dropped; of members with equal keys the last counts.
[[nodiscard]] std::optional<std::vector<DictionaryMember>> parse_dictionary(std::string_view text);

/// §4.2.1, where every member must be a string. Nothing if any part is malformed or another type;
/// parameters are checked and dropped.
[[nodiscard]] std::optional<std::vector<std::string>> parse_string_list(std::string_view text);

}  // namespace wf::policy
