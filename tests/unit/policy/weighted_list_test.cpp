#include "proxy/policy/weighted_list.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "tests/unit/policy/fields_of.hpp"

using namespace wf;
using namespace wf::policy;

namespace {

struct Row {
  const char* name;
  const char* value;
  const char* expected;  // "name/weight name/weight", or "malformed"
};

const Row kRows[] = {
    {"RFC 9110 §12.4.2: without weight", "en, de", "en/1000 de/1000"},
    {"RFC 9110 §12.4.2: weights", "en;q=0.8, de;q=1", "en/800 de/1000"},
    {"RFC 9110 §12.4.2: up to three places", "a;q=0.8,b;q=0.85,c;q=0.855", "a/800 b/850 c/855"},
    {"RFC 9110 §12.4.2: no places", "a;q=0., b;q=1.", "a/0 b/1000"},
    {"RFC 9110 §12.4.2: 1.000", "a;q=1.000", "a/1000"},
    {"RFC 9110 §12.4.2: not acceptable", "a;q=0", "a/0"},
    {"RFC 9110 §12.4.2: Q in upper case, blanks", "a ; Q=0.5", "a/500"},
    {"RFC 9110 §5.6.1: empty elements", ", a,,", "a/1000"},
    {"RFC 9110 §12.4.2: empty", "", ""},
    {"RFC 9110 §12.4.2: four places", "a;q=0.1234", "malformed"},
    {"RFC 9110 §12.4.2: more than 1", "a;q=1.1", "malformed"},
    {"RFC 9110 §12.4.2: 2", "a;q=2", "malformed"},
    {"RFC 9110 §12.4.2: no number", "a;q=x", "malformed"},
    {"RFC 9110 §12.4.2: no value", "a;q=", "malformed"},
    {"RFC 9110 §12.4.2: blank around =", "a;q =1", "malformed"},
    {"RFC 9110 §12.4.2: another parameter", "a;level=1", "malformed"},
    {"RFC 9110 §12.4.2: a second parameter", "a;q=1;x=1", "malformed"},
    {"RFC 9110 §12.4.2: no name", ";q=1", "malformed"},
    {"RFC 9110 §12.4.2: no token", "a b", "malformed"},
};

std::string text_of(const WeightedList& list) {
  std::string out;
  for (const auto& element : list.elements()) {
    if (!out.empty()) out += ' ';
    out.append(element.name).append("/").append(std::to_string(element.weight));
  }
  return out;
}

}  // namespace

TEST_CASE("lists with weights") {
  for (const auto& row : kRows) {
    INFO(row.name);
    const Field field{"Accept-Language", row.value};
    WeightedList list;
    const bool ok = list.parse({&field, 1}, "accept-language");
    CHECK((ok ? text_of(list) : "malformed") == row.expected);
  }
}

TEST_CASE("a list over several lines (RFC 9110 §5.3)") {
  const auto fields = fields_of("Accept: a\nHost: b\nACCEPT: c;q=0.1");
  WeightedList list;
  REQUIRE(list.parse(fields, "accept"));
  CHECK(text_of(list) == "a/1000 c/100");
  CHECK(list.find("C") != nullptr);
  CHECK(list.find("b") == nullptr);
}

TEST_CASE("the capacity is a limit, not a cut") {
  std::string value = "x0";
  for (std::size_t i = 1; i < WeightedList::kCapacity; ++i) value += ",x" + std::to_string(i);
  WeightedList list;
  const Field full{"A", value};
  CHECK(list.parse({&full, 1}, "a"));
  value += ",y";
  const Field more{"A", value};
  CHECK_FALSE(list.parse({&more, 1}, "a"));
}
