// Vary as lists written by chance; and variant keys, which no value can imitate.
#include "proxy/policy/vary.hpp"

#include <algorithm>
#include <set>

#include "proxy/base/ascii.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace wf;
using fuzz::promise;

constexpr const char* kNames[] = {"accept", "accept-encoding", "x",   "x-a", "cookie",
                                  "x-b",    "user-agent",      "x-c", "x-d", "x-e",
                                  "x-f"};
constexpr const char* kBlanks[] = {"", " ", "\t ", " , "};

void check_list(fuzz::Choices choices) {
  std::set<std::string> names;
  bool star = false;
  std::string text;
  for (std::size_t n = choices.up_to(14); n > 0; --n) {
    if (!text.empty()) text.append(choices.one_of(kBlanks)).append(",");
    text += choices.one_of(kBlanks);
    if (choices.up_to(20) == 20) {
      star = true;
      text += '*';
      continue;
    }
    std::string name = choices.one_of(kNames);
    names.insert(name);
    if (choices.coin()) name[0] = static_cast<char>(name[0] - 32);
    text += name;
  }
  const std::vector<Field> fields{{"Vary", text}};
  const policy::Vary vary = policy::parse_vary(fields);
  const std::vector<std::string> sorted{names.begin(), names.end()};
  if (star) {
    promise(vary.form == policy::VaryForm::Star || names.size() > policy::kMaxVaryNames, "a star");
  } else if (names.size() > policy::kMaxVaryNames) {
    promise(vary.form == policy::VaryForm::TooMany, "too many");
  } else {
    promise(vary.form == policy::VaryForm::Names && vary.names == sorted, "names");
  }
}

std::string key_for(std::span<const std::string> names, FieldSpan request) {
  std::string key;
  policy::append_variant_key(names, request, key);
  return key;
}

/// A field that means nothing to us is compared as it is.
void check_opaque(fuzz::Choices choices) {
  const std::vector<std::string> names{"x-a", "x-b"};
  const auto a = choices.text(20), b = choices.text(20), c = choices.text(20), d = choices.text(20);
  const auto plain = [](std::string_view text) {
    return text.find_first_of(",\"\\; \t") == std::string_view::npos;
  };
  if (!plain(a) || !plain(b) || !plain(c) || !plain(d)) return;
  const std::vector<Field> one{{"X-A", a}, {"X-B", b}}, other{{"X-B", d}, {"x-a", c}};
  promise((key_for(names, one) == key_for(names, other)) == (a == c && b == d), "injective");
  const std::vector<Field> absent{{"X-A", a}};
  promise(key_for(names, one) != key_for(names, absent), "absent is not empty");
}

/// RFC 9110 §12.5.3: which codings are acceptable, not in which order they stand.
void check_encoding(fuzz::Choices choices) {
  constexpr const char* kCodings[] = {"gzip", "br", "identity", "deflate", "*"};
  std::vector<std::string> members;
  for (std::size_t n = choices.up_to(5); n > 0; --n) {
    members.push_back(std::string{choices.one_of(kCodings)} + (choices.coin() ? ";q=0" : ""));
  }
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  // The same coding with and without q=0 contradicts itself, and order may then matter.
  for (std::size_t i = 1; i < members.size(); ++i) {
    if (members[i].starts_with(members[i - 1])) return;
  }
  const auto joined = [&] {
    std::string text;
    for (const auto& member : members) text.append(text.empty() ? "" : ", ").append(member);
    return text;
  };
  const std::vector<std::string> names{"accept-encoding"};
  const std::string forward = joined();
  std::reverse(members.begin(), members.end());
  const std::string backward = joined();
  const std::vector<Field> one{{"Accept-Encoding", forward}}, other{{"Accept-Encoding", backward}};
  promise(key_for(names, one) == key_for(names, other), "order does not matter");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::as_text(data, size);
  check_list(fuzz::Choices{bytes});
  check_opaque(fuzz::Choices{bytes});
  check_encoding(fuzz::Choices{bytes});
  const std::vector<Field> any{{"Vary", bytes},
                               {"Accept-Language", bytes},
                               {"Accept-Encoding", bytes},
                               {"Content-Language", bytes}};
  const policy::Vary vary = policy::parse_vary(any);
  for (const auto& name : vary.names) promise(ascii::is_token(name), "names are tokens");
  const std::vector<std::string> languages{"accept-encoding", "accept-language"};
  static_cast<void>(key_for(languages, any));
  static_cast<void>(policy::preferred_language(any));
  static_cast<void>(policy::sole_language(any));
  return 0;
}
