// Two different requests never share a key (SEC-17).
#include "proxy/policy/key.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "tests/unit/policy/fields_of.hpp"

using namespace wf;
using namespace wf::policy;

namespace {

std::string encode(const KeyParts& parts, const KeyedValues& keyed = {}) {
  std::string out;
  append_key(parts, keyed, out);
  return out;
}

std::string random_text(std::mt19937& random) {
  std::string out;
  for (auto n = random() % 5; n > 0; --n) out += std::string{"a/\0\1=", 5}[random() % 5];
  return out;
}

OwnedFields random_fields(std::mt19937& random) {
  OwnedFields out;
  for (auto n = random() % 3; n > 0; --n) out.push_back({random_text(random), random_text(random)});
  return out;
}

bool same(const std::vector<Field>& a, const std::vector<Field>& b) { return owned(a) == owned(b); }

}  // namespace

TEST_CASE("RFC 10008 §2.7: what makes two QUERYs the same") {
  const auto identity = [](const char* fields, const char* content) {
    return content_identity(fields_of(fields), content);
  };
  const std::string one = identity("Content-Type: text/plain", "q");
  CHECK(one == identity("content-type: text/plain\nAccept: a", "q"));
  CHECK(one != identity("Content-Type: text/plain", "r"));
  CHECK(one != identity("Content-Type: application/json", "q"));
  CHECK(one != identity("Content-Type: text/plain\nContent-Encoding: gzip", "q"));
  CHECK(one != identity("Content-Type: text/plain\nContent-Language: de", "q"));
  CHECK(one != identity("", "q"));
}

TEST_CASE("what was encoded is decoded again", "[property]") {
  std::mt19937 random{20241122};
  for (int round = 0; round < 3000; ++round) {
    std::vector<std::string> texts;
    for (int i = 0; i < 6; ++i) texts.push_back(random_text(random));
    const bool has_query = random() % 2 == 0;
    const KeyParts parts{texts[0], texts[1], texts[2],
                         texts[3], texts[4], has_query ? texts[5] : std::string_view{},
                         has_query};
    const auto headers = random_fields(random);
    const auto cookies = random_fields(random);
    const auto header_views = views(headers);
    const auto cookie_views = views(cookies);
    const auto encoded = encode(parts, {header_views, cookie_views});
    const auto decoded = decode_key(encoded);
    REQUIRE(decoded);
    CHECK(decoded->parts.name_space == parts.name_space);
    CHECK(decoded->parts.method_class == parts.method_class);
    CHECK(decoded->parts.scheme == parts.scheme);
    CHECK(decoded->parts.host == parts.host);
    CHECK(decoded->parts.path == parts.path);
    CHECK(decoded->parts.query == parts.query);
    CHECK(decoded->parts.has_query == parts.has_query);
    CHECK(same(decoded->headers, header_views));
    CHECK(same(decoded->cookies, cookie_views));
  }
}

TEST_CASE("only what append_key writes is decoded") {
  const std::vector<Field> headers{{"a", "b"}};
  const auto encoded =
      encode({.host = "h", .path = "/", .query = "q", .has_query = true}, {headers, {}});
  for (std::size_t length = 0; length < encoded.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(decode_key(std::string_view{encoded}.substr(0, length)));
  }
  CHECK_FALSE(decode_key(encoded + "x"));
  CHECK_FALSE(decode_key("\2" + encoded.substr(1)));
}

TEST_CASE("a length that no bytes follow is refused, and allocates nothing large") {
  auto encoded = encode({});
  encoded.replace(encoded.size() - 8, 4, "\xff\xff\xff\xff");
  CHECK_FALSE(decode_key(encoded));
}

TEST_CASE("parts do not run into each other") {
  CHECK(encode({.host = "a", .path = "b/c"}) != encode({.host = "a/b", .path = "c"}));
  CHECK(encode({.path = "/", .query = "", .has_query = true}) != encode({.path = "/"}));
  const std::vector<Field> values{{"a", "b"}};
  CHECK(encode({}, {values, {}}) != encode({}, {{}, values}));
}

TEST_CASE("keyed headers: absent is not empty, and every field counts") {
  const std::vector<std::string> names{"x-a", "x-b"};
  const std::vector<Field> request{{"X-B", "2"}, {"X-A", ""}, {"x-b", "3"}, {"X-C", "4"}};
  std::vector<Field> keyed;
  append_keyed_headers(request, names, keyed);
  CHECK(owned(keyed) == OwnedFields{{"x-a", ""}, {"x-b", "2"}, {"x-b", "3"}});
}

TEST_CASE("keyed cookies (RFC 6265 §4.2.1, §5.4)") {
  struct Row {
    const char* what;
    std::vector<Field> request;
    OwnedFields expected;
  };
  const Row row = GENERATE(values<Row>({
      {"one of several", {{"Cookie", "x=1; a=2; y=3"}}, {{"a", "2"}}},
      {"the first of a name", {{"Cookie", "a=1; a=2"}}, {{"a", "1"}}},
      {"in a second field", {{"Cookie", "x=1"}, {"cookie", "a=2"}}, {{"a", "2"}}},
      {"case matters", {{"Cookie", "A=1"}}, {}},
      {"no blank behind ';'", {{"Cookie", "x=1;a=2"}}, {{"a", "2"}}},
      {"blanks around", {{"Cookie", "x;  a = 2 ;"}}, {{"a", "2"}}},
      {"'=' in the value", {{"Cookie", "a=b=c"}}, {{"a", "b=c"}}},
      {"quotes are kept", {{"Cookie", "a=\"1\""}}, {{"a", "\"1\""}}},
      {"empty value", {{"Cookie", "a="}}, {{"a", ""}}},
      {"a name without '=' is none", {{"Cookie", "a"}}, {}},
  }));
  CAPTURE(row.what);
  const std::vector<std::string> names{"a"};
  std::vector<Field> keyed;
  append_cookie_values(row.request, names, keyed);
  CHECK(owned(keyed) == row.expected);
}
