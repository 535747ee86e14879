#include "proxy/policy/cache_control.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/policy/fields_of.hpp"

using namespace wf;
using namespace wf::policy;

namespace {

using Delta = std::optional<DeltaSeconds>;

struct DeltaRow {
  const char* name;
  const char* text;
  Delta expected;
};

const DeltaRow kDeltas[] = {
    {"RFC 9111 §1.2.2: digits", "3600", 3600},
    {"RFC 9111 §1.2.2: zero", "0", 0},
    {"RFC 9111 §1.2.2: leading zeros are digits", "003600", 3600},
    {"RFC 9111 §1.2.2: 2^31-1", "2147483647", 2147483647},
    {"RFC 9111 §1.2.2: 2^31", "2147483648", 2147483648},
    {"RFC 9111 §1.2.2: above 2^31 saturates", "2147483649", 2147483648},
    {"RFC 9111 §1.2.2: above 2^63 saturates", "99999999999999999999999999", 2147483648},
    {"RFC 9111 §1.2.2: no sign", "-1", std::nullopt},
    {"RFC 9111 §1.2.2: no plus", "+1", std::nullopt},
    {"RFC 9111 §1.2.2: no decimals", "3600.0", std::nullopt},
    {"RFC 9111 §1.2.2: no letters before", "a3600", std::nullopt},
    {"RFC 9111 §1.2.2: no letters after", "3600a", std::nullopt},
    {"RFC 9111 §1.2.2: no blank", " 3600", std::nullopt},
    {"RFC 9111 §1.2.2: at least one digit", "", std::nullopt},
};

struct MaxAgeRow {
  const char* name;
  const char* fields;
  Delta max_age;
  Delta s_maxage;
};

const MaxAgeRow kMaxAges[] = {
    {"RFC 9111 §5.2: absent", "Date: x", {}, {}},
    {"RFC 9111 §5.2.2.1: max-age", "Cache-Control: max-age=60", 60, {}},
    {"RFC 9111 §5.2.2.10: s-maxage", "Cache-Control: s-maxage=60", {}, 60},
    {"RFC 9111 §5.2: names in any case", "cache-control: MaX-aGe=60, S-MAXAGE=7", 60, 7},
    {"RFC 9111 §5.2: both token and quoted forms", "Cache-Control: max-age=\"60\"", 60, {}},
    {"RFC 9111 §5.2: no quotes of another kind", "Cache-Control: max-age='60'", 0, {}},
    {"RFC 9111 §5.2: quote without end", "Cache-Control: max-age=\"60", 0, {}},
    {"RFC 9111 §5.2: quote inside", "Cache-Control: max-age=6\"0\"", 0, {}},
    {"RFC 9111 §5.2: escapes are no digits", "Cache-Control: max-age=\"6\\0\"", 0, {}},
    {"RFC 9111 §5.2: blank before = is another name", "Cache-Control: max-age =60", {}, {}},
    {"RFC 9111 §5.2: blank after =", "Cache-Control: max-age= 60", 0, {}},
    {"RFC 9111 §5.2: several lines are one list",
     "Cache-Control: public\nCache-Control: max-age=60\nCache-Control: s-maxage=9", 60, 9},
    {"RFC 9110 §5.6.1: empty elements", "Cache-Control: ,, max-age=60 ,\t,", 60, {}},
    {"RFC 9111 §5.2.3: unknown extension before", "Cache-Control: foobar, max-age=60", 60, {}},
    {"RFC 9111 §5.2.3: unknown with argument", "Cache-Control: foo=bar, max-age=60", 60, {}},
    {"RFC 9111 §5.2.3: comma in a quoted extension",
     "Cache-Control: x=\"a, max-age=9\", max-age=1",
     1,
     {}},
    {"RFC 9111 §5.2.3: the same after", "Cache-Control: max-age=1, x=\"max-age=9\"", 1, {}},
    {"RFC 9111 §5.2.3: escaped quote in an extension",
     "Cache-Control: x=\"\\\", max-age=9\", max-age=1",
     1,
     {}},
    {"RFC 9111 §5.2.3: prefix of a name", "Cache-Control: xmax-age=9, max-age-x=9", {}, {}},
    {"RFC 9111 §4.2.1: of two the smaller", "Cache-Control: max-age=1800, max-age=1", 1, {}},
    {"RFC 9111 §4.2.1: in any order", "Cache-Control: max-age=1, max-age=1800", 1, {}},
    {"RFC 9111 §4.2.1: on two lines", "Cache-Control: max-age=9\nCache-Control: max-age=3", 3, {}},
    {"RFC 9111 §4.2.1: one malformed", "Cache-Control: max-age=1800, max-age=x", 0, {}},
    {"RFC 9111 §4.2.1: malformed is stale", "Cache-Control: max-age=1h", 0, {}},
    {"RFC 9111 §4.2.1: negative is stale", "Cache-Control: max-age=-3600", 0, {}},
    {"RFC 9111 §4.2.1: decimal is stale", "Cache-Control: s-maxage=3600.5", {}, 0},
    {"RFC 9111 §4.2.1: without argument is stale", "Cache-Control: max-age", 0, {}},
    {"RFC 9111 §4.2.1: empty argument is stale", "Cache-Control: max-age=", 0, {}},
    {"RFC 9111 §1.2.2: saturates", "Cache-Control: max-age=99999999999", kMaxDeltaSeconds, {}},
};

struct FlagRow {
  const char* name;
  const char* value;  // of Cache-Control
  bool ResponseCacheControl::*flag;
  bool expected;
};

const FlagRow kFlags[] = {
    {"RFC 9111 §5.2.2.5: no-store", "no-store", &ResponseCacheControl::no_store, true},
    {"RFC 9111 §5.2.2.5: any case", "No-StOrE", &ResponseCacheControl::no_store, true},
    {"RFC 9111 §5.2.2.5: with others", "max-age=9, no-store", &ResponseCacheControl::no_store,
     true},
    {"RFC 9111 §5.2.2.5: an argument does not weaken it", "no-store=1",
     &ResponseCacheControl::no_store, true},
    {"RFC 9111 §5.2.2.5: not inside quotes", "x=\"no-store\"", &ResponseCacheControl::no_store,
     false},
    {"RFC 9111 §5.2.2.4: no-cache", "no-cache", &ResponseCacheControl::no_cache, true},
    {"RFC 9111 §5.2.2.4: with a list it is about fields", "no-cache=\"a\"",
     &ResponseCacheControl::no_cache, false},
    {"RFC 9111 §5.2.2.4: an empty list limits nothing", "no-cache=\"\"",
     &ResponseCacheControl::no_cache, true},
    {"RFC 9111 §5.2.2.4: a malformed list limits nothing", "no-cache=\"a b\"",
     &ResponseCacheControl::no_cache, true},
    {"RFC 9111 §5.2.2.4: quote without end", "no-cache=\"a", &ResponseCacheControl::no_cache, true},
    {"RFC 9111 §5.2.2.4: both forms: the wider", "no-cache=\"a\", no-cache",
     &ResponseCacheControl::no_cache, true},
    {"RFC 9111 §5.2.2.7: private", "Private", &ResponseCacheControl::private_, true},
    {"RFC 9111 §5.2.2.7: with a list it is about fields", "private=\"a\"",
     &ResponseCacheControl::private_, false},
    {"RFC 9111 §5.2.2.7: token form of one name", "private=a", &ResponseCacheControl::private_,
     false},
    {"RFC 9111 §5.2.2.7: an empty argument limits nothing",
     "private=", &ResponseCacheControl::private_, true},
    {"RFC 9111 §5.2.2.9: public", "public", &ResponseCacheControl::public_, true},
    {"RFC 9111 §5.2.2.9: with an argument it is not public", "public=\"x\"",
     &ResponseCacheControl::public_, false},
    {"RFC 9111 §5.2.2.2: must-revalidate", "must-revalidate",
     &ResponseCacheControl::must_revalidate, true},
    {"RFC 9111 §5.2.2.2: an argument does not weaken it", "must-revalidate=0",
     &ResponseCacheControl::must_revalidate, true},
    {"RFC 9111 §5.2.2.8: proxy-revalidate", "proxy-revalidate",
     &ResponseCacheControl::proxy_revalidate, true},
    {"RFC 9111 §5.2.2.3: must-understand", "must-understand",
     &ResponseCacheControl::must_understand, true},
    {"RFC 9111 §5.2.2.3: with an argument it does not lift no-store", "must-understand=1",
     &ResponseCacheControl::must_understand, false},
    {"RFC 8246 §2: immutable", "max-age=1, immutable", &ResponseCacheControl::immutable, true},
    {"RFC 9111 §5.2: the field is there", "x", &ResponseCacheControl::present, true},
    {"RFC 9111 §5.2: empty, but there", "", &ResponseCacheControl::present, true},
};

struct ListRow {
  const char* name;
  const char* value;
  std::vector<std::string> no_cache;
  std::vector<std::string> private_;
};

const ListRow kLists[] = {
    {"RFC 9111 §5.2.2.4: one name", "no-cache=\"a\"", {"a"}, {}},
    {"RFC 9111 §5.2.2.4: several names, any case", "no-cache=\"A, b\"", {"a", "b"}, {}},
    {"RFC 9111 §5.2.2.4: token form", "no-cache=Set-Cookie", {"set-cookie"}, {}},
    {"RFC 9111 §5.2.2.7: blanks and empty elements", "private=\" a ,, b \"", {}, {"a", "b"}},
    {"RFC 9111 §5.2.2.7: two directives add up", "private=a, private=\"b\"", {}, {"a", "b"}},
    {"RFC 9111 §5.2: both", "private=\"x\", no-cache=\"y\", max-age=5", {"y"}, {"x"}},
};

struct RequestRow {
  const char* name;
  const char* fields;
  Delta max_age;
  Delta min_fresh;
  Delta max_stale;
  Delta stale_if_error;
  bool no_cache;
  bool no_store;
  bool only_if_cached;
};

const RequestRow kRequests[] = {
    {"RFC 9111 §5.2.1: nothing", "Host: a", {}, {}, {}, {}, false, false, false},
    {"RFC 9111 §5.2.1.1: max-age", "Cache-Control: max-age=5", 5, {}, {}, {}, false, false, false},
    {"RFC 9111 §5.2.1.1: malformed asks for the origin",
     "Cache-Control: max-age=x",
     0,
     {},
     {},
     {},
     false,
     false,
     false},
    {"RFC 9111 §5.2.1.1: the smaller of two",
     "Cache-Control: max-age=5, max-age=2",
     2,
     {},
     {},
     {},
     false,
     false,
     false},
    {"RFC 9111 §5.2.1.2: max-stale",
     "Cache-Control: max-stale=5",
     {},
     {},
     5,
     {},
     false,
     false,
     false},
    {"RFC 9111 §5.2.1.2: without bound",
     "Cache-Control: max-stale",
     {},
     {},
     kMaxDeltaSeconds,
     {},
     false,
     false,
     false},
    {"RFC 9111 §5.2.1.2: malformed allows nothing",
     "Cache-Control: max-stale=x",
     {},
     {},
     {},
     {},
     false,
     false,
     false},
    {"RFC 9111 §5.2.1.3: min-fresh",
     "Cache-Control: min-fresh=5",
     {},
     5,
     {},
     {},
     false,
     false,
     false},
    {"RFC 9111 §5.2.1.3: the larger of two",
     "Cache-Control: min-fresh=5, min-fresh=9",
     {},
     9,
     {},
     {},
     false,
     false,
     false},
    {"RFC 9111 §5.2.1.4: no-cache", "Cache-Control: NO-CACHE", {}, {}, {}, {}, true, false, false},
    {"RFC 9111 §5.2.1.5: no-store", "Cache-Control: no-store", {}, {}, {}, {}, false, true, false},
    {"RFC 9111 §5.2.1.7: only-if-cached",
     "Cache-Control: only-if-cached",
     {},
     {},
     {},
     {},
     false,
     false,
     true},
    {"RFC 5861 §4: stale-if-error",
     "Cache-Control: stale-if-error=5",
     {},
     {},
     {},
     5,
     false,
     false,
     false},
    {"RFC 9111 §5.4: Pragma alone", "Pragma: no-cache", {}, {}, {}, {}, true, false, false},
    {"RFC 9111 §5.4: Pragma, other words",
     "Pragma: x, No-Cache",
     {},
     {},
     {},
     {},
     true,
     false,
     false},
    {"RFC 9111 §5.4: Pragma, extension only",
     "Pragma: x=\"no-cache\"",
     {},
     {},
     {},
     {},
     false,
     false,
     false},
    {"RFC 9111 §5.4: Cache-Control wins over Pragma",
     "Pragma: no-cache\nCache-Control: max-age=5",
     5,
     {},
     {},
     {},
     false,
     false,
     false},
};

}  // namespace

TEST_CASE("delta-seconds") {
  for (const auto& row : kDeltas) {
    INFO(row.name);
    CHECK(parse_delta_seconds(row.text) == row.expected);
  }
}

TEST_CASE("freshness directives of a response") {
  for (const auto& row : kMaxAges) {
    INFO(row.name);
    const auto cc = parse_response_cache_control(fields_of(row.fields));
    CHECK(cc.max_age == row.max_age);
    CHECK(cc.s_maxage == row.s_maxage);
    CHECK_FALSE(cc.targeted);
  }
}

TEST_CASE("directives without argument of a response") {
  for (const auto& row : kFlags) {
    INFO(row.name);
    const Field field{"Cache-Control", row.value};
    const auto cc = parse_response_cache_control({&field, 1});
    CHECK(cc.*row.flag == row.expected);
  }
  CHECK_FALSE(parse_response_cache_control({}).present);
}

TEST_CASE("directives with lists of fields") {
  for (const auto& row : kLists) {
    INFO(row.name);
    const Field field{"Cache-Control", row.value};
    const auto cc = parse_response_cache_control({&field, 1});
    CHECK(cc.no_cache_fields == row.no_cache);
    CHECK(cc.private_fields == row.private_);
    CHECK_FALSE(cc.no_cache);
    CHECK_FALSE(cc.private_);
  }
}

TEST_CASE("stale windows of a response") {
  const auto fields = fields_of(
      "Cache-Control: stale-while-revalidate=30, stale-if-error=60, stale-if-error=40, "
      "stale-while-revalidate=x");
  const auto cc = parse_response_cache_control(fields);
  CHECK(cc.stale_if_error == 40);
  CHECK(cc.stale_while_revalidate == 0);
}

TEST_CASE("directives of a request") {
  for (const auto& row : kRequests) {
    INFO(row.name);
    const auto cc = parse_request_cache_control(fields_of(row.fields));
    CHECK(cc.max_age == row.max_age);
    CHECK(cc.min_fresh == row.min_fresh);
    CHECK(cc.max_stale == row.max_stale);
    CHECK(cc.stale_if_error == row.stale_if_error);
    CHECK(cc.no_cache == row.no_cache);
    CHECK(cc.no_store == row.no_store);
    CHECK(cc.only_if_cached == row.only_if_cached);
  }
}
