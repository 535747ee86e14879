#include "proxy/policy/structured_fields.hpp"

#include <catch2/catch.hpp>

using namespace wf::policy;

namespace {

struct ItemRow {
  const char* name;
  const char* text;  // one member, key "a"
  ItemType type;
  std::int64_t integer;
  const char* value;  // of String and Token
};

const ItemRow kItems[] = {
    {"RFC 8941 §3.3.1: integer", "a=42", ItemType::Integer, 42, ""},
    {"RFC 8941 §3.3.1: negative", "a=-42", ItemType::Integer, -42, ""},
    {"RFC 8941 §3.3.1: leading zeros", "a=007", ItemType::Integer, 7, ""},
    {"RFC 8941 §3.3.1: fifteen digits", "a=999999999999999", ItemType::Integer, 999999999999999,
     ""},
    {"RFC 8941 §3.3.2: decimal", "a=1.5", ItemType::Decimal, 1, ""},
    {"RFC 8941 §3.3.2: three places", "a=123456789012.123", ItemType::Decimal, 123456789012, ""},
    {"RFC 8941 §3.3.3: string", "a=\"x, y\"", ItemType::String, 0, "x, y"},
    {"RFC 8941 §3.3.3: escapes", R"(a="\"\\")", ItemType::String, 0, "\"\\"},
    {"RFC 8941 §3.3.3: empty string", "a=\"\"", ItemType::String, 0, ""},
    {"RFC 8941 §3.3.4: token", "a=foo/bar:baz", ItemType::Token, 0, "foo/bar:baz"},
    {"RFC 8941 §3.3.4: token with star", "a=*x", ItemType::Token, 0, "*x"},
    {"RFC 8941 §3.3.5: bytes", "a=:aGVsbG8=:", ItemType::Bytes, 0, ""},
    {"RFC 8941 §3.3.6: boolean", "a=?1", ItemType::Boolean, 0, ""},
    {"RFC 8941 §3.1.1: inner list", "a=(1 \"x\" y;q=1);p", ItemType::InnerList, 0, ""},
    {"RFC 8941 §3.1.1: empty inner list", "a=( )", ItemType::InnerList, 0, ""},
    {"RFC 8941 §3.2: key alone is true", "a", ItemType::Boolean, 0, ""},
    {"RFC 8941 §3.1.2: parameters", "a;b=1; c=\"d\";e", ItemType::Boolean, 0, ""},
    {"RFC 8941 §4.2: blanks around the field", "  a=1  ", ItemType::Integer, 1, ""},
};

struct MalformedRow {
  const char* name;
  const char* text;
};

const MalformedRow kMalformed[] = {
    {"RFC 8941 §3.1.2: key in upper case", "A=1"},
    {"RFC 8941 §3.1.2: key begins with a digit", "1a=1"},
    {"RFC 8941 §3.1.2: key begins with a dash", "-a=1"},
    {"RFC 8941 §4.2.2: comma at the end", "a=1,"},
    {"RFC 8941 §4.2.2: two commas", "a=1,,b=2"},
    {"RFC 8941 §4.2.2: comma first", ",a=1"},
    {"RFC 8941 §4.2.2: no comma", "a=1 b=2"},
    {"RFC 8941 §4.2.2: nothing after =", "a="},
    {"RFC 8941 §4.2.2: blank before =", "a =1"},
    {"RFC 8941 §4.2.2: blank after =", "a= 1"},
    {"RFC 8941 §4.2.4: sixteen digits", "a=1000000000000000"},
    {"RFC 8941 §4.2.4: only a sign", "a=-"},
    {"RFC 8941 §4.2.4: dot without places", "a=1."},
    {"RFC 8941 §4.2.4: four places", "a=1.2345"},
    {"RFC 8941 §4.2.4: thirteen digits before the dot", "a=1234567890123.1"},
    {"RFC 8941 §4.2.5: no end of string", "a=\"x"},
    {"RFC 8941 §4.2.5: unknown escape", R"(a="\x")"},
    {"RFC 8941 §4.2.5: ends in an escape", "a=\"\\"},
    {"RFC 8941 §4.2.5: control character", "a=\"\t\""},
    {"RFC 8941 §4.2.5: beyond ASCII", "a=\"\xC3\xBC\""},
    {"RFC 8941 §4.2.7: bytes without end", "a=:aGVs"},
    {"RFC 8941 §4.2.7: no base64", "a=:a b:"},
    {"RFC 8941 §4.2.8: boolean of another digit", "a=?2"},
    {"RFC 8941 §4.2.8: boolean without digit", "a=?"},
    {"RFC 8941 §4.2.1.2: inner list without end", "a=(1 2"},
    {"RFC 8941 §4.2.1.2: items not separated", "a=(\"x\"\"y\")"},
    {"RFC 8941 §4.2.3.2: parameter without key", "a;=1"},
    {"RFC 8941 §4.2.3.2: parameter without value", "a;b="},
    {"RFC 8941 §4.2.3.1: what is no item", "&&&"},
    {"RFC 8941 §4.2: tab before the field", "\ta=1"},
};

}  // namespace

TEST_CASE("members of a dictionary") {
  for (const auto& row : kItems) {
    INFO(row.name);
    const auto members = parse_dictionary(row.text);
    REQUIRE(members);
    REQUIRE(members->size() == 1);
    const auto& member = members->front();
    CHECK(member.key == "a");
    CHECK(member.type == row.type);
    CHECK(member.integer == row.integer);
    CHECK(member.text == row.value);
    CHECK(member.boolean);
  }
}

TEST_CASE("a dictionary with one malformed part is malformed") {
  for (const auto& row : kMalformed) {
    INFO(row.name);
    CHECK_FALSE(parse_dictionary(row.text));
  }
}

TEST_CASE("several members keep their order, the last of equal keys counts (RFC 8941 §3.2)") {
  const auto members = parse_dictionary("a=1 ,\tb=?0,a=2");
  REQUIRE(members);
  REQUIRE(members->size() == 2);
  CHECK(members->at(0).key == "b");
  CHECK_FALSE(members->at(0).boolean);
  CHECK(members->at(1).integer == 2);
}

TEST_CASE("an empty dictionary is well-formed (RFC 8941 §3.2)") {
  const auto members = parse_dictionary("  ");
  REQUIRE(members);
  CHECK(members->empty());
}
