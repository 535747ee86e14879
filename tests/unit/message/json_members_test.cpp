// What templates take out of JSON bodies.
#include "proxy/message/json_members.hpp"

#include <catch2/catch.hpp>

using namespace wf;
using namespace wf::message;

namespace {

std::string member(std::string_view text, const std::string& name) {
  const std::vector<std::string> names{name};
  const OwnedFields found = json_scalars(text, names);
  if (found.empty()) return "(none)";
  CHECK(found.front().name == name);
  return found.front().value;
}

}  // namespace

TEST_CASE("scalars are found by dotted names, and nothing else is") {
  constexpr std::string_view kBody =
      R"({"user_id": 42, "user": {"id": "x:1", "deep": {"n": -7}}, "items": [{"id": 5}, 6],)"
      R"( "big": 18446744073709551615, "real": 1.5, "whole": 2.0, "yes": true, "null": null,)"
      R"( "empty": "", "twice": 1, "twice": 2, "text": "\u00e9\n"})";
  struct Row {
    std::string name;
    std::string value;
  };
  const Row row = GENERATE(values<Row>({
      {"user_id", "42"},
      {"user.id", "x:1"},
      {"user.deep.n", "-7"},
      {"items.0.id", "5"},
      {"items.1", "6"},
      {"items.2", "(none)"},
      {"items.x", "(none)"},
      {"items", "(none)"},
      {"user", "(none)"},
      {"user.id.x", "(none)"},
      {"big", "18446744073709551615"},
      {"real", "1.5"},
      {"whole", "2"},
      {"yes", "true"},
      {"null", "(none)"},
      {"empty", ""},
      {"twice", "2"},
      {"text", "\xc3\xa9\n"},
      {"User_id", "(none)"},
      {"none", "(none)"},
  }));
  CAPTURE(row.name);
  CHECK(member(kBody, row.name) == row.value);
}

TEST_CASE("what is not JSON has no members") {
  for (const std::string_view text :
       {"", "x", "{", R"({"a": 1)", R"({"a": 1} x)", R"(a=1)", R"({'a': 1})"}) {
    CAPTURE(text);
    CHECK(member(text, "a") == "(none)");
  }
  CHECK(member("[1, 2]", "1") == "2");
  CHECK(member("7", "a") == "(none)");
  // Deeper than anybody nests: refused before the stack is.
  CHECK(member(std::string(100'000, '['), "0") == "(none)");
}
