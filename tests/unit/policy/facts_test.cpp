#include "proxy/policy/facts.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/policy/fields_of.hpp"

using namespace wf;
using namespace wf::policy;

namespace {

struct MethodRow {
  const char* text;
  Method method;
  bool safe;
  bool idempotent;
};

const MethodRow kMethods[] = {
    {"GET", Method::Get, true, true},           {"HEAD", Method::Head, true, true},
    {"POST", Method::Post, false, false},       {"PUT", Method::Put, false, true},
    {"DELETE", Method::Delete, false, true},    {"PATCH", Method::Patch, false, false},
    {"OPTIONS", Method::Options, true, true},   {"QUERY", Method::Query, true, true},
    {"CONNECT", Method::Connect, false, false}, {"TRACE", Method::Trace, true, true},
    {"PURGE", Method::Purge, false, false},     {"get", Method::Other, false, false},
    {"Get", Method::Other, false, false},       {"", Method::Other, false, false},
    {"GETS", Method::Other, false, false},      {"OTHER", Method::Other, false, false},
};

struct RequestRow {
  const char* name;
  const char* fields;
  bool RequestFacts::*flag;
  bool expected;
};

const RequestRow kRequests[] = {
    {"RFC 9110 §11.6.2: Authorization", "authorization: x", &RequestFacts::authorization, true},
    {"RFC 9110 §11.7.2: Proxy-Authorization is another", "Proxy-Authorization: x",
     &RequestFacts::authorization, false},
    {"RFC 6265 §4.2: Cookie", "COOKIE: a=b", &RequestFacts::cookie, true},
    {"RFC 6265 §4.1: Set-Cookie is no Cookie", "Set-Cookie: a=b", &RequestFacts::cookie, false},
    {"RFC 9110 §14.2: Range", "Range: bytes=0-", &RequestFacts::range, true},
    {"RFC 9110 §7.8: Upgrade", "Upgrade: websocket", &RequestFacts::upgrade, true},
    {"RFC 9110 §13.1.1: If-Match", "If-Match: *", &RequestFacts::conditional, true},
    {"RFC 9110 §13.1.2: If-None-Match", "If-None-Match: *", &RequestFacts::conditional, true},
    {"RFC 9110 §13.1.3: If-Modified-Since", "If-Modified-Since: x", &RequestFacts::conditional,
     true},
    {"RFC 9110 §13.1.4: If-Unmodified-Since", "If-Unmodified-Since: x", &RequestFacts::conditional,
     true},
    {"RFC 9110 §13.1.5: If-Range", "If-Range: x", &RequestFacts::conditional, true},
    {"RFC 9111 §4.3.2: If-Match is for the origin", "If-Match: *", &RequestFacts::for_origin, true},
    {"RFC 9111 §4.3.2: If-Unmodified-Since is for the origin", "If-Unmodified-Since: x",
     &RequestFacts::for_origin, true},
    {"RFC 9111 §4.3.2: If-None-Match is not", "If-None-Match: *", &RequestFacts::for_origin, false},
    {"RFC 9110 §13: no condition", "If-Nothing: x\nHost: a", &RequestFacts::conditional, false},
};

struct AgeRow {
  const char* name;
  const char* fields;
  std::optional<DeltaSeconds> expected;
};

const AgeRow kAges[] = {
    {"RFC 9111 §5.1: absent", "Date: x", {}},
    {"RFC 9111 §5.1: seconds", "Age: 7200", 7200},
    {"RFC 9111 §5.1: the first member of a list", "Age: 7200, 0", 7200},
    {"RFC 9111 §5.1: the same the other way round", "Age: 0, 7200", 0},
    {"RFC 9111 §5.1: the first of two lines", "Age: 7200\nAge: 0", 7200},
    {"RFC 9111 §5.1: the same the other way round", "Age: 0\nAge: 7200", 0},
    {"RFC 9110 §5.6.1: empty members", "Age: ,\nAge: , 5", 5},
    {"RFC 9111 §5.1: a word is ignored", "Age: abc", {}},
    {"RFC 9111 §5.1: negative is ignored", "Age: -7200", {}},
    {"RFC 9111 §5.1: decimals are ignored", "Age: 7200.0", {}},
    {"RFC 9111 §5.1: parameters, which it does not have, are cut off", "Age: 7200;foo=bar", 7200},
    {"RFC 9111 §5.1: and leave nothing", "Age: ;foo=1", {}},
    {"RFC 9111 §5.1: quotes make it no number", "Age: \"7200\"", {}},
    {"RFC 9111 §5.1: the first is malformed, the second not read", "Age: x, 5", {}},
    {"RFC 9111 §1.2.2: 2^31-1", "Age: 2147483647", 2147483647},
    {"RFC 9111 §1.2.2: above 2^31 saturates", "Age: 2147483649", kMaxDeltaSeconds},
    {"RFC 9111 §1.2.2: above 2^63 saturates", "Age: 99999999999999999999", kMaxDeltaSeconds},
};

struct ExpiresRow {
  const char* name;
  const char* fields;
  bool present;
  std::optional<std::int64_t> expected;  // seconds after kReceived
};

const ExpiresRow kExpires[] = {
    {"RFC 9111 §5.3: absent", "Date: x", false, {}},
    {"RFC 9111 §5.3: a date", "Expires: Mon, 01 Jan 2024 00:01:00 GMT", true, 60},
    {"RFC 9111 §5.3: blanks around", "Expires:  Mon, 01 Jan 2024 00:01:00 GMT ", true, 60},
    {"RFC 9111 §5.3: malformed", "Expires: 0", true, {}},
    {"RFC 9111 §5.3: empty", "Expires:", true, {}},
    {"RFC 9111 §4.2.1: of two the earlier",
     "Expires: Mon, 01 Jan 2024 00:02:00 GMT\nExpires: Mon, 01 Jan 2024 00:01:00 GMT", true, 60},
    {"RFC 9111 §4.2.1: of two one malformed",
     "Expires: Mon, 01 Jan 2024 00:02:00 GMT\nExpires: 0",
     true,
     {}},
    {"RFC 9111 §4.2.1: two in one line",
     "Expires: Mon, 01 Jan 2024 00:02:00 GMT, Mon, 01 Jan 2024 00:02:00 GMT",
     true,
     {}},
};

}  // namespace

TEST_CASE("methods (RFC 9110 §9.1, §9.2)") {
  for (const auto& row : kMethods) {
    INFO(row.text);
    CHECK(parse_method(row.text) == row.method);
    CHECK(is_safe(row.method) == row.safe);
    CHECK(is_idempotent(row.method) == row.idempotent);
    if (row.method != Method::Other) CHECK(to_string(row.method) == row.text);
  }
}

TEST_CASE("facts of a request") {
  for (const auto& row : kRequests) {
    INFO(row.name);
    const auto fields = fields_of(row.fields);
    const auto facts = request_facts(Method::Get, fields, false);
    CHECK(facts.*row.flag == row.expected);
  }
}

TEST_CASE("a request's Cache-Control and Pragma are read (RFC 9111 §5.4)") {
  const auto pragma = fields_of("Host: a\nPragma: no-cache");
  CHECK(request_facts(Method::Get, pragma, false).cache_control.no_cache);
  const auto cache_control = fields_of("Cache-Control: max-age=7");
  CHECK(request_facts(Method::Get, cache_control, true).cache_control.max_age == 7);
  CHECK(request_facts(Method::Get, cache_control, true).has_body);
}

TEST_CASE("Age") {
  for (const auto& row : kAges) {
    INFO(row.name);
    CHECK(parse_age(fields_of(row.fields)) == row.expected);
  }
}

TEST_CASE("Expires") {
  for (const auto& row : kExpires) {
    INFO(row.name);
    const auto fields = fields_of(row.fields);
    const auto facts = response_facts(200, fields);
    CHECK(facts.has_expires == row.present);
    REQUIRE(facts.expires.has_value() == row.expected.has_value());
    if (row.expected) CHECK(*facts.expires - kReceived == Seconds{*row.expected});
  }
}

TEST_CASE("facts of a response") {
  const auto fields = fields_of(
      "Date: Mon, 01 Jan 2024 00:00:00 GMT\nLast-Modified: Sun, 31 Dec 2023 00:00:00 GMT\n"
      "ETag: W/\"1\"\nSet-Cookie: a=b\nAge: 3\nCache-Control: no-store");
  const auto facts = response_facts(203, fields);
  CHECK(facts.status == 203);
  CHECK(facts.date == kReceived);
  CHECK(facts.last_modified == kReceived - std::chrono::hours{24});
  CHECK(facts.etag == "W/\"1\"");
  CHECK(facts.set_cookie);
  CHECK(facts.age_seconds == 3);
  CHECK(facts.cache_control.no_store);
}

TEST_CASE("CDN-Cache-Control counts in place of Cache-Control (RFC 9213 §2.2)") {
  const auto good = fields_of("Cache-Control: no-store\nCDN-Cache-Control: max-age=60");
  const auto facts = response_facts(200, good);
  CHECK_FALSE(facts.cache_control.no_store);
  CHECK(facts.cache_control.max_age == 60);
  const auto malformed = fields_of("Cache-Control: no-store\nCDN-Cache-Control: max-age=60, &&&");
  CHECK(response_facts(200, malformed).cache_control.no_store);
}

TEST_CASE("malformed dates are absent (RFC 9110 §5.6.7)") {
  const auto fields = fields_of("Date: foo\nLast-Modified: yesterday");
  const auto facts = response_facts(200, fields);
  CHECK_FALSE(facts.date);
  CHECK_FALSE(facts.last_modified);
}
