// Cache-Control written by chance, and what it says kept beside it; then any bytes at all.
#include "proxy/policy/cache_control.hpp"

#include <algorithm>

#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace wf;
using fuzz::promise;

constexpr const char* kBlanks[] = {"", " ", "\t", "  "};

std::string in_any_case(fuzz::Choices& choices, std::string name) {
  for (char& c : name) {
    if (c >= 'a' && c <= 'z' && choices.coin()) c = static_cast<char>(c - 32);
  }
  return name;
}

/// Seconds as text, and their value by long hand.
std::string seconds(fuzz::Choices& choices, std::int64_t& value) {
  std::string text(choices.up_to(2), '0');
  const auto digits = 1 + choices.up_to(14);
  value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const auto digit = static_cast<std::int64_t>(choices.up_to(9));
    text += static_cast<char>('0' + digit);
    value = std::min(value * 10 + digit, std::int64_t{1} << 40U);
  }
  value = std::min(value, std::int64_t{2'147'483'648});
  return choices.coin() ? "\"" + text + "\"" : text;
}

struct Said {
  bool no_store = false, no_cache = false, is_private = false, is_public = false;
  bool must_revalidate = false, proxy_revalidate = false, immutable = false;
  std::optional<std::int64_t> max_age, s_maxage;
};

void keep_smaller(std::optional<std::int64_t>& kept, std::int64_t value) {
  kept = kept ? std::min(*kept, value) : value;
}

std::string directive(fuzz::Choices& choices, Said& said) {
  struct Flag {
    const char* name;
    bool Said::*member;
  };
  static constexpr Flag kFlags[] = {{"no-store", &Said::no_store},
                                    {"no-cache", &Said::no_cache},
                                    {"private", &Said::is_private},
                                    {"public", &Said::is_public},
                                    {"must-revalidate", &Said::must_revalidate},
                                    {"proxy-revalidate", &Said::proxy_revalidate},
                                    {"immutable", &Said::immutable}};
  const auto kind = choices.up_to(4);
  if (kind == 0) return {};
  if (kind == 1) return in_any_case(choices, "x-unknown=\"no-store, max-age=1\"");
  if (kind == 2) {
    const Flag& flag = choices.one_of(kFlags);
    said.*flag.member = true;
    return in_any_case(choices, flag.name);
  }
  std::int64_t value = 0;
  const std::string text = seconds(choices, value);
  keep_smaller(kind == 3 ? said.max_age : said.s_maxage, value);
  return in_any_case(choices, kind == 3 ? "max-age=" : "s-maxage=") + text;
}

void check_well_formed(fuzz::Choices choices) {
  Said said;
  std::vector<std::string> lines(1);
  for (std::size_t n = choices.up_to(12); n > 0; --n) {
    std::string& line = lines.back();
    if (!line.empty()) line.append(choices.one_of(kBlanks)).append(",");
    line.append(choices.one_of(kBlanks)).append(directive(choices, said));
    if (choices.up_to(5) == 0) lines.emplace_back();
  }
  std::vector<Field> fields;
  for (const auto& line : lines) fields.push_back({"cache-CONTROL", line});
  const auto read = policy::parse_response_cache_control(fields);
  promise(read.no_store == said.no_store, "no-store");
  promise(read.no_cache == said.no_cache && read.private_ == said.is_private, "no-cache, private");
  promise(read.public_ == said.is_public && read.immutable == said.immutable, "public, immutable");
  promise(read.must_revalidate == said.must_revalidate, "must-revalidate");
  promise(read.proxy_revalidate == said.proxy_revalidate, "proxy-revalidate");
  promise(read.max_age == said.max_age, "max-age: the smaller");
  promise(read.s_maxage == said.s_maxage, "s-maxage: the smaller");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::as_text(data, size);
  check_well_formed(fuzz::Choices{bytes});
  const std::vector<Field> fields{
      {"Cache-Control", bytes}, {"CDN-Cache-Control", bytes}, {"Surrogate-Control", bytes}};
  static_cast<void>(policy::parse_request_cache_control(fields));
  const auto once = policy::parse_response_cache_control(fields);
  // Said twice it is not said less.
  const std::vector<Field> twice{fields[0], fields[0]};
  const auto again = policy::parse_response_cache_control(twice);
  promise(once.no_store <= again.no_store && once.private_ <= again.private_, "never laxer");
  static_cast<void>(policy::parse_targeted_cache_control(fields));
  static_cast<void>(policy::parse_surrogate_control(fields));
  return 0;
}
