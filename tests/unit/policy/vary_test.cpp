#include "proxy/policy/vary.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "tests/unit/policy/fields_of.hpp"

using namespace wf;
using namespace wf::policy;

namespace {

using Names = std::vector<std::string>;

struct VaryRow {
  const char* name;
  const char* fields;
  VaryForm form;
  Names names;
};

const VaryRow kVary[] = {
    {"RFC 9111 §4.1: absent", "Date: x", VaryForm::Names, {}},
    {"RFC 9110 §12.5.5: one name", "Vary: Foo", VaryForm::Names, {"foo"}},
    {"RFC 9110 §12.5.5: sorted, lower-case, once",
     "Vary: Foo, bar, FOO",
     VaryForm::Names,
     {"bar", "foo"}},
    {"RFC 9110 §5.3: several lines", "Vary: b\nVary: a", VaryForm::Names, {"a", "b"}},
    {"RFC 9110 §5.6.1: empty elements", "Vary: ,a,,", VaryForm::Names, {"a"}},
    {"RFC 9110 §5.6.1: empty", "Vary:", VaryForm::Names, {}},
    {"RFC 9111 §4.1: *", "Vary: *", VaryForm::Star, {}},
    {"RFC 9111 §4.1: *, *", "Vary: *, *", VaryForm::Star, {}},
    {"RFC 9111 §4.1: empty element and *", "Vary: , *", VaryForm::Star, {}},
    {"RFC 9111 §4.1: empty line and *", "Vary:\nVary: *", VaryForm::Star, {}},
    {"RFC 9111 §4.1: * first", "Vary: *, Foo", VaryForm::Star, {}},
    {"RFC 9111 §4.1: * last", "Vary: Foo, *", VaryForm::Star, {}},
    {"RFC 9111 §4.1: * after what is malformed", "Vary: a b\nVary: *", VaryForm::Star, {}},
    {"RFC 9110 §12.5.5: no token", "Vary: a b", VaryForm::Malformed, {}},
    {"RFC 9110 §12.5.5: quoted", "Vary: \"a\"", VaryForm::Malformed, {}},
    {"FRONT SEC-11: eight names",
     "Vary: a,b,c,d,e,f,g,h",
     VaryForm::Names,
     {"a", "b", "c", "d", "e", "f", "g", "h"}},
    {"FRONT SEC-11: eight names, one twice",
     "Vary: a,b,c,d,e,f,g,h,A",
     VaryForm::Names,
     {"a", "b", "c", "d", "e", "f", "g", "h"}},
    {"FRONT SEC-11: nine names", "Vary: a,b,c,d,e,f,g,h,i", VaryForm::TooMany, {}},
};

std::string key_of(const Names& names, const char* request) {
  std::string out;
  append_variant_key(names, fields_of(request), out);
  return out;
}

struct PairRow {
  const char* name;
  Names names;
  const char* left;
  const char* right;
  bool same;
};

const PairRow kPairs[] = {
    {"RFC 9111 §4.1: the same value", {"foo"}, "Foo: 1", "foo: 1", true},
    {"RFC 9111 §4.1: another value", {"foo"}, "Foo: 1", "Foo: 2", false},
    {"RFC 9111 §4.1: absent in one", {"foo"}, "Foo: 1", "Host: a", false},
    {"RFC 9111 §4.1: absent in both", {"foo"}, "Host: a", "Host: b", true},
    {"RFC 9111 §4.1: absent is not empty", {"foo"}, "Foo:", "Host: a", false},
    {"RFC 9111 §4.1: other fields do not matter", {"foo"}, "Foo: 1\nX: 2", "Foo: 1\nX: 3", true},
    {"RFC 9111 §4.1: all names must match",
     {"bar", "foo"},
     "Foo: 1\nBar: 2",
     "Foo: 1\nBar: 3",
     false},
    {"RFC 9111 §4.1: in any order", {"bar", "foo"}, "Foo: 1\nBar: 2", "Bar: 2\nFoo: 1", true},
    {"RFC 9111 §4.1: one of two absent", {"bar", "foo"}, "Foo: 1", "Bar: 1", false},
    {"RFC 9111 §4.1: whitespace", {"foo"}, "Foo: 1,2", "Foo: 1 ,\t2", true},
    {"RFC 9111 §4.1: combined lines", {"foo"}, "Foo: 1, 2", "Foo: 1\nFoo: 2", true},
    {"RFC 9110 §5.6.1: empty elements", {"foo"}, "Foo: 1,2", "Foo: 1,,2,", true},
    {"RFC 9111 §4.1: order of an unknown field matters", {"foo"}, "Foo: 1,2", "Foo: 2,1", false},
    {"RFC 9111 §4.1: case of an unknown field matters", {"foo"}, "Foo: a", "Foo: A", false},
    {"RFC 9111 §4.1: whitespace inside an element matters",
     {"foo"},
     "Foo: a b",
     "Foo: a  b",
     false},
    {"RFC 9110 §5.6.4: a comma in quotes is no separator",
     {"foo"},
     "Foo: \"1, 2\"",
     "Foo: \"1,2\"",
     false},
    {"RFC 9110 §12.5.4: order of languages",
     {"accept-language"},
     "Accept-Language: en, de",
     "Accept-Language: de, en",
     true},
    {"RFC 9110 §12.5.4: case of languages",
     {"accept-language"},
     "Accept-Language: en, de",
     "Accept-Language: eN, De",
     true},
    {"RFC 9110 §12.5.4: blanks",
     {"accept-language"},
     "Accept-Language: en, de",
     "Accept-Language:  en ,   de",
     true},
    {"RFC 9110 §12.5.4: weights order",
     {"accept-language"},
     "Accept-Language: en;q=0.5, de",
     "Accept-Language: de;q=1.0, en;q=0.5",
     true},
    {"RFC 9110 §12.5.4: other preference",
     {"accept-language"},
     "Accept-Language: en;q=0.5, de",
     "Accept-Language: de;q=0.5, en",
     false},
    {"RFC 9110 §12.5.4: a tie is not a preference",
     {"accept-language"},
     "Accept-Language: en, de",
     "Accept-Language: en, de;q=0.9",
     false},
    {"RFC 9110 §12.5.4: only the order of weights counts",
     {"accept-language"},
     "Accept-Language: en, de;q=0.9",
     "Accept-Language: en;q=0.8, de;q=0.1",
     true},
    {"RFC 9110 §12.5.4: refused is not absent",
     {"accept-language"},
     "Accept-Language: en, *",
     "Accept-Language: en, *, de;q=0",
     false},
    {"RFC 9110 §12.5.4: refused is not the last choice",
     {"accept-language"},
     "Accept-Language: en, de;q=0",
     "Accept-Language: en, de;q=0.1",
     false},
    {"RFC 9110 §12.5.4: twice the same",
     {"accept-language"},
     "Accept-Language: en, EN",
     "Accept-Language: en",
     true},
    {"RFC 9110 §12.5.4: malformed keeps its text",
     {"accept-language"},
     "Accept-Language: en;x, de",
     "Accept-Language: de, en;x",
     false},
    {"RFC 9110 §12.5.3: order of codings",
     {"accept-encoding"},
     "Accept-Encoding: gzip, br",
     "Accept-Encoding: br, gzip",
     true},
    {"RFC 9110 §12.5.3: case of codings",
     {"accept-encoding"},
     "Accept-Encoding: GZIP",
     "Accept-Encoding: gzip",
     true},
    {"RFC 9110 §12.5.3: weights of accepted codings",
     {"accept-encoding"},
     "Accept-Encoding: gzip;q=0.5, br",
     "Accept-Encoding: gzip, br",
     true},
    {"RFC 9110 §12.5.3: a coding that is refused",
     {"accept-encoding"},
     "Accept-Encoding: gzip, br;q=0",
     "Accept-Encoding: gzip",
     true},
    {"RFC 9110 §12.5.3: refused beside *",
     {"accept-encoding"},
     "Accept-Encoding: *, br;q=0",
     "Accept-Encoding: *",
     false},
    {"RFC 9110 §12.5.3: another set",
     {"accept-encoding"},
     "Accept-Encoding: gzip, br",
     "Accept-Encoding: gzip",
     false},
    {"RFC 9110 §12.5.3: identity goes without saying",
     {"accept-encoding"},
     "Accept-Encoding: gzip, identity",
     "Accept-Encoding: gzip",
     true},
    {"RFC 9110 §12.5.3: identity alone is the empty list",
     {"accept-encoding"},
     "Accept-Encoding: identity",
     "Accept-Encoding:",
     true},
    {"RFC 9110 §12.5.3: identity refused",
     {"accept-encoding"},
     "Accept-Encoding: gzip, identity;q=0",
     "Accept-Encoding: gzip",
     false},
    {"RFC 9110 §12.5.3: identity beside *;q=0",
     {"accept-encoding"},
     "Accept-Encoding: gzip, identity, *;q=0",
     "Accept-Encoding: gzip, *;q=0",
     false},
    {"RFC 9110 §12.5.3: absent means anything",
     {"accept-encoding"},
     "Host: a",
     "Accept-Encoding:",
     false},
    {"RFC 9110 §8.4.1: x-gzip is gzip",
     {"accept-encoding"},
     "Accept-Encoding: x-gzip",
     "Accept-Encoding: gzip",
     true},
    {"RFC 9110 §12.5.3: a coding that we do not know",
     {"accept-encoding"},
     "Accept-Encoding: foo",
     "Accept-Encoding: bar",
     false},
    {"RFC 9110 §12.5.3: one coding twice",
     {"accept-encoding"},
     "Accept-Encoding: *, gzip, x-gzip;q=0",
     "Accept-Encoding: *, x-gzip;q=0, gzip",
     true},
    {"RFC 9110 §12.5.3: several lines",
     {"accept-encoding"},
     "Accept-Encoding: br\nAccept-Encoding: gzip",
     "Accept-Encoding: gzip, br",
     true},
};

struct LanguageRow {
  const char* name;
  const char* request;
  const char* expected;
};

const LanguageRow kLanguages[] = {
    {"RFC 9110 §12.5.4: absent", "Host: a", ""},
    {"RFC 9110 §12.5.4: one", "Accept-Language: de", "de"},
    {"RFC 9110 §12.5.4: by weight", "Accept-Language: fr;q=0.5, de;q=1.0", "de"},
    {"RFC 9110 §12.5.4: by weight, first", "Accept-Language: de;q=0.9, fr;q=0.5, en;q=0.5", "de"},
    {"RFC 9110 §12.5.4: a tie at the top", "Accept-Language: en, de", ""},
    {"RFC 9110 §12.5.4: a tie, broken later", "Accept-Language: en;q=0.5, fr;q=0.5, de", "de"},
    {"RFC 9110 §12.5.4: a tie of three", "Accept-Language: a, b, c", ""},
    {"RFC 9110 §12.5.4: a tie and one below", "Accept-Language: a, b, c;q=0.1", ""},
    {"RFC 9110 §12.5.4: any", "Accept-Language: *", ""},
    {"RFC 9110 §12.5.4: refused", "Accept-Language: de;q=0", ""},
    {"RFC 9110 §12.5.4: malformed", "Accept-Language: de;q=x", ""},
};

}  // namespace

TEST_CASE("Vary") {
  for (const auto& row : kVary) {
    INFO(row.name);
    const auto vary = parse_vary(fields_of(row.fields));
    CHECK(static_cast<int>(vary.form) == static_cast<int>(row.form));
    CHECK(vary.names == row.names);
  }
}

TEST_CASE("which requests share a variant") {
  for (const auto& row : kPairs) {
    INFO(row.name);
    CHECK((key_of(row.names, row.left) == key_of(row.names, row.right)) == row.same);
  }
}

TEST_CASE("the key is appended to what is there") {
  std::string out = "before";
  append_variant_key(Names{"a"}, fields_of("A: 1"), out);
  CHECK(out == "before" + key_of({"a"}, "A: 1"));
  CHECK(key_of({}, "A: 1").empty());
}

TEST_CASE("no value imitates another name or value (FRONT SEC-17)") {
  // Names and values of the octets that the encoding itself uses, in all splits of one text.
  std::mt19937 random{17};
  constexpr std::string_view kOctets{"ANV\0\1a,-+;", 10};
  std::uniform_int_distribution<std::size_t> pick{0, kOctets.size() - 1};
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (int i = 0; i < 8; ++i) text += kOctets[pick(random)];
    std::vector<std::string> keys;
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
      // Quotes keep commas in their place: the list rules are not what is tested here.
      const std::string left = '"' + text.substr(0, cut) + '"';
      const std::string right = '"' + text.substr(cut) + '"';
      const std::vector<Field> fields{{"a", left}, {"b", right}};
      std::string key;
      append_variant_key(Names{"a", "b"}, fields, key);
      keys.push_back(key);
    }
    std::sort(keys.begin(), keys.end());
    CHECK(std::unique(keys.begin(), keys.end()) == keys.end());
  }
}

TEST_CASE("the language that a client prefers") {
  for (const auto& row : kLanguages) {
    INFO(row.name);
    CHECK(preferred_language(fields_of(row.request)) == row.expected);
  }
}

TEST_CASE("a variant is found by its language (RFC 9111 §4.1)") {
  const Names names{"accept-language", "foo"};
  const auto stored_for = fields_of("Accept-Language: en, de\nFoo: 1");
  std::string alias;
  append_language_variant_key(names, stored_for, "DE", alias);
  const auto asking = fields_of("Accept-Language: fr;q=0.5, de;q=1.0\nFoo: 1");
  std::string wanted;
  append_language_variant_key(names, asking, preferred_language(asking), wanted);
  CHECK(alias == wanted);
  CHECK(alias == key_of(names, "Accept-Language: de\nFoo: 1"));
  CHECK(alias != key_of(names, "Accept-Language: de\nFoo: 2"));
}

TEST_CASE("the language that an answer is in (RFC 9110 §8.5)") {
  CHECK(sole_language(fields_of("Content-Language: de")) == "de");
  CHECK(sole_language(fields_of("A: 1")).empty());
  CHECK(sole_language(fields_of("Content-Language: de, en")).empty());
  CHECK(sole_language(fields_of("Content-Language: de\nContent-Language: en")).empty());
  CHECK(varies_by_language(Names{"accept-language", "foo"}));
  CHECK_FALSE(varies_by_language(Names{"foo"}));
}

TEST_CASE("a variant's key tells which fields select it") {
  const Names names{"accept-encoding", "accept-language", "x-kind"};
  for (const char* request :
       {"X-Other: 1", "Accept-Encoding: gzip, br;q=0.5", "Accept-Encoding: *;q=0, gzip",
        "Accept-Encoding: identity;q=0, *", "Accept-Encoding:", "Accept-Encoding: a b",
        "Accept-Language: de, en;q=0.5, fr;q=0.5, it;q=0", "Accept-Language: *",
        "Accept-Language: a;q=2", "X-Kind: a, b\nX-Kind: c",
        "X-Kind:", "X-Kind: k\nAccept-Language: de\nAccept-Encoding: gzip"}) {
    INFO(request);
    std::string key;
    append_variant_key(names, fields_of(request), key);
    const auto fields = fields_of_variant(names, key);
    REQUIRE(fields);
    std::string again;
    append_variant_key(names, views(*fields), again);
    CHECK(again == key);
  }
}

TEST_CASE("what is no variant's key tells nothing") {
  const Names names{"x-kind"};
  std::string key;
  append_variant_key(names, fields_of("X-Kind: abc"), key);
  for (std::size_t cut = 0; cut < key.size(); ++cut) {
    CHECK_FALSE(fields_of_variant(names, key.substr(0, cut)));
  }
  CHECK_FALSE(fields_of_variant(names, key + "x"));
  CHECK_FALSE(fields_of_variant(Names{"x-other"}, key));
  CHECK(fields_of_variant(Names{}, "")->empty());
}
