// Structured fields (RFC 8941 §3.2): dictionaries written by chance, read back as they were meant.
#include "proxy/policy/structured_fields.hpp"

#include <algorithm>

#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace wf;
using fuzz::promise;
using policy::DictionaryMember;
using policy::ItemType;

std::string key(fuzz::Choices& choices) {
  static constexpr const char* kKeys[] = {"a", "max-age", "*b", "a_b-c.d*", "z9", "no-store"};
  return choices.one_of(kKeys);
}

/// The item as text; what it means goes into `member`.
std::string item(fuzz::Choices& choices, DictionaryMember& member) {
  static constexpr const char* kTokens[] = {"a", "*", "gzip", "a/b:c", "A!#$%&'*+-.^_`|~"};
  switch (choices.up_to(3)) {
    case 0: {
      member.type = ItemType::Integer;
      member.integer = static_cast<std::int64_t>(choices.up_to(60000)) * 99'999'999;
      if (choices.coin()) member.integer = -member.integer;
      return std::to_string(member.integer);
    }
    case 1:
      member.boolean = choices.coin();
      return member.boolean ? "?1" : "?0";
    case 2: {
      member.type = ItemType::String;
      std::string text = "\"";
      for (const char c : choices.text(12)) {
        if (c < 0x20 || c > 0x7e) continue;
        member.text += c;
        if (c == '"' || c == '\\') text += '\\';
        text += c;
      }
      return text + "\"";
    }
    default:
      member.type = ItemType::Token;
      member.text = choices.one_of(kTokens);
      return member.text;
  }
}

void check_well_formed(fuzz::Choices choices) {
  static constexpr const char* kParameters[] = {"", ";a", ";a=1", "; b=\"x,y\";c=?0", ";d=1.5"};
  static constexpr const char* kBlanks[] = {"", " ", "\t"};
  std::vector<DictionaryMember> expected;
  std::string text;
  for (std::size_t n = choices.up_to(5); n > 0; --n) {
    DictionaryMember member;
    member.key = key(choices);
    if (!text.empty())
      text.append(choices.one_of(kBlanks)).append(",").append(choices.one_of(kBlanks));
    text += member.key;
    if (choices.coin()) text += "=" + item(choices, member);
    text += choices.one_of(kParameters);
    std::erase_if(expected, [&](const auto& other) { return other.key == member.key; });
    expected.push_back(member);
  }
  auto read = policy::parse_dictionary(text);
  promise(read.has_value(), "well-formed");
  const auto by_key = [](const auto& a, const auto& b) { return a.key < b.key; };
  std::sort(read->begin(), read->end(), by_key);
  std::sort(expected.begin(), expected.end(), by_key);
  promise(*read == expected, "and means what was meant");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::as_text(data, size);
  check_well_formed(fuzz::Choices{bytes});
  if (const auto read = policy::parse_dictionary(bytes)) {
    for (const auto& member : *read) {
      const char first = member.key.empty() ? '\0' : member.key.front();
      promise((first >= 'a' && first <= 'z') || first == '*', "a key begins as keys do");
    }
  }
  return 0;
}
