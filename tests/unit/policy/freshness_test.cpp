#include "proxy/policy/freshness.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/policy/fields_of.hpp"

using namespace wf;
using namespace wf::policy;
using namespace std::chrono_literals;

namespace {

using Source = FreshnessSource;

#define DATE "Date: Mon, 01 Jan 2024 00:00:00 GMT\n"
#define DAY_OLD "Last-Modified: Sun, 31 Dec 2023 00:00:00 GMT\n"

struct OriginRow {
  const char* name;
  unsigned status;
  const char* fields;
  Source source;
  Seconds lifetime;
};

// What the origin says, on a route that says nothing.
const OriginRow kOrigins[] = {
    {"RFC 9111 §4.2.1: nothing said", 200, DATE, Source::None, 0s},
    {"RFC 9111 §4.2.1: s-maxage over max-age", 200, "Cache-Control: max-age=5, s-maxage=9",
     Source::SMaxage, 9s},
    {"RFC 9111 §4.2.1: s-maxage over max-age, shorter", 200, "Cache-Control: s-maxage=1, max-age=9",
     Source::SMaxage, 1s},
    {"RFC 9111 §4.2.1: s-maxage=0 over max-age", 200, "Cache-Control: s-maxage=0, max-age=9",
     Source::SMaxage, 0s},
    {"RFC 9111 §4.2.1: s-maxage over past Expires", 200,
     "Cache-Control: max-age=0, s-maxage=9\nExpires: 0", Source::SMaxage, 9s},
    {"RFC 9111 §5.3: max-age over past Expires", 200,
     DATE "Cache-Control: max-age=9\nExpires: Sun, 31 Dec 2023 00:00:00 GMT", Source::MaxAge, 9s},
    {"RFC 9111 §5.3: max-age over malformed Expires", 200, "Cache-Control: max-age=9\nExpires: 0",
     Source::MaxAge, 9s},
    {"RFC 9111 §5.3: max-age=0 over future Expires", 200,
     DATE "Cache-Control: max-age=0\nExpires: Tue, 02 Jan 2024 00:00:00 GMT", Source::MaxAge, 0s},
    {"RFC 9111 §4.2.1: malformed max-age is stale", 200, DAY_OLD "Cache-Control: max-age=x",
     Source::MaxAge, 0s},
    {"RFC 9111 §4.2.1: Expires minus Date", 200, DATE "Expires: Mon, 01 Jan 2024 00:01:00 GMT",
     Source::Expires, 60s},
    {"RFC 9111 §4.2.1: Expires at Date", 200, DATE "Expires: Mon, 01 Jan 2024 00:00:00 GMT",
     Source::Expires, 0s},
    {"RFC 9111 §4.2.1: Expires before Date, both fast", 200,
     "Date: Mon, 01 Jan 2024 00:06:40 GMT\nExpires: Mon, 01 Jan 2024 00:05:00 GMT", Source::Expires,
     0s},
    {"RFC 9111 §4.2.1: Expires, Date missing: reception", 200,
     "Expires: Mon, 01 Jan 2024 00:01:00 GMT", Source::Expires, 60s},
    {"RFC 9111 §4.2.1: Expires, Date malformed: reception", 200,
     "Date: foo\nExpires: Mon, 01 Jan 2024 00:01:00 GMT", Source::Expires, 60s},
    {"RFC 9111 §5.3: malformed Expires is the past", 200, DATE DAY_OLD "Expires: 0",
     Source::Expires, 0s},
    {"RFC 9111 §5.3: UTC is malformed", 200, DATE "Expires: Thu, 18 Aug 2050 02:01:18 UTC",
     Source::Expires, 0s},
    {"RFC 9213 §2.2: a targeted field silences Expires", 200,
     DATE "CDN-Cache-Control: public\nExpires: Tue, 02 Jan 2024 00:00:00 GMT", Source::None, 0s},
    {"RFC 9213 §2.2: targeted max-age over Expires", 200,
     DATE "CDN-Cache-Control: max-age=9\nExpires: 0", Source::MaxAge, 9s},
    {"RFC 9213 §2.2: targeted max-age=0 over Expires", 200,
     DATE "CDN-Cache-Control: max-age=0\nExpires: Tue, 02 Jan 2024 00:00:00 GMT", Source::MaxAge,
     0s},
    {"RFC 9111 §4.2.2: a tenth of the time since Last-Modified", 200, DATE DAY_OLD,
     Source::Heuristic, 8640s},
    {"RFC 9111 §4.2.2: never more than a day", 200,
     DATE "Last-Modified: Thu, 01 Jan 1970 00:00:00 GMT", Source::Heuristic, 86400s},
    {"RFC 9111 §4.2.2: Last-Modified in the future", 200,
     DATE "Last-Modified: Tue, 02 Jan 2024 00:00:00 GMT", Source::Heuristic, 0s},
    {"RFC 9111 §4.2.2: Date missing: reception", 200, DAY_OLD, Source::Heuristic, 8640s},
    {"RFC 9111 §4.2.2: Last-Modified malformed", 200, DATE "Last-Modified: x", Source::None, 0s},
    {"RFC 9111 §5.4: Pragma in a response means nothing", 200, DATE DAY_OLD "Pragma: no-cache",
     Source::Heuristic, 8640s},
    {"RFC 9110 §15.3.2: 201 not by heuristic", 201, DATE DAY_OLD, Source::None, 0s},
    {"RFC 9110 §15.3.3: 202 not by heuristic", 202, DATE DAY_OLD, Source::None, 0s},
    {"RFC 9110 §15.3.4: 203 by heuristic", 203, DATE DAY_OLD, Source::Heuristic, 8640s},
    {"RFC 9110 §15.3.5: 204 by heuristic", 204, DATE DAY_OLD, Source::Heuristic, 8640s},
    {"RFC 9110 §15.4.1: 300 by heuristic", 300, DATE DAY_OLD, Source::Heuristic, 8640s},
    {"RFC 9110 §15.4.2: 301 by heuristic", 301, DATE DAY_OLD, Source::Heuristic, 8640s},
    {"RFC 9110 §15.4.3: 302 not by heuristic", 302, DATE DAY_OLD, Source::None, 0s},
    {"RFC 9110 §15.4.8: 307 not by heuristic", 307, DATE DAY_OLD, Source::None, 0s},
    {"RFC 9110 §15.4.9: 308 by heuristic", 308, DATE DAY_OLD, Source::Heuristic, 8640s},
    {"RFC 9110 §15.5.4: 403 not by heuristic", 403, DATE DAY_OLD, Source::None, 0s},
    {"RFC 9110 §15.5.5: 404 by heuristic", 404, DATE DAY_OLD, Source::Heuristic, 8640s},
    {"RFC 9110 §15.5.6: 405 by heuristic", 405, DATE DAY_OLD, Source::Heuristic, 8640s},
    {"RFC 9110 §15.5.11: 410 by heuristic", 410, DATE DAY_OLD, Source::Heuristic, 8640s},
    {"RFC 9110 §15.5.15: 414 by heuristic", 414, DATE DAY_OLD, Source::Heuristic, 8640s},
    {"RFC 9110 §15.6.1: 500 not by heuristic", 500, DATE DAY_OLD, Source::None, 0s},
    {"RFC 9110 §15.6.2: 501 by heuristic", 501, DATE DAY_OLD, Source::Heuristic, 8640s},
    {"RFC 9110 §15.6.4: 503 not by heuristic", 503, DATE DAY_OLD, Source::None, 0s},
    {"RFC 9111 §4.2.2: 599 not by heuristic", 599, DATE DAY_OLD, Source::None, 0s},
    {"RFC 9111 §4.2.2: public lets any status", 599, DATE DAY_OLD "Cache-Control: public",
     Source::Heuristic, 8640s},
    {"RFC 9111 §4.2.1: any status with explicit freshness", 599, "Cache-Control: max-age=9",
     Source::MaxAge, 9s},
};

struct Route {
  std::optional<Millis> ttl;
  std::optional<Millis> ttl_override;
  std::optional<Millis> min_ttl;
  std::optional<Millis> max_ttl;
  std::map<unsigned, Millis> negative;
};

config::Cache cache_of(const Route& route) {
  config::Cache out;
  out.ttl = route.ttl;
  out.ttl_override = route.ttl_override;
  out.min_ttl = route.min_ttl;
  out.max_ttl = route.max_ttl;
  out.negative = route.negative;
  return out;
}

struct RouteRow {
  const char* name;
  Route route;
  unsigned status;
  const char* fields;
  Source source;
  Seconds lifetime;
};

const RouteRow kRoutes[] = {
    {"design §4: ttl where the origin says nothing",
     {300s, {}, {}, {}, {}},
     200,
     DATE,
     Source::RouteTtl,
     300s},
    {"design §4: ttl over the heuristic",
     {300s, {}, {}, {}, {}},
     200,
     DATE DAY_OLD,
     Source::RouteTtl,
     300s},
    {"design §4: max-age over ttl",
     {300s, {}, {}, {}, {}},
     200,
     "Cache-Control: max-age=9",
     Source::MaxAge,
     9s},
    {"design §4: max-age=0 over ttl",
     {300s, {}, {}, {}, {}},
     200,
     "Cache-Control: max-age=0",
     Source::MaxAge,
     0s},
    {"design §4: malformed max-age is explicit",
     {300s, {}, {}, {}, {}},
     200,
     "Cache-Control: max-age=x",
     Source::MaxAge,
     0s},
    {"design §4: malformed Expires is explicit",
     {300s, {}, {}, {}, {}},
     200,
     "Expires: 0",
     Source::Expires,
     0s},
    {"design §4: ttl with directives that are no freshness",
     {300s, {}, {}, {}, {}},
     200,
     "Cache-Control: public",
     Source::RouteTtl,
     300s},
    {"design §4: ttl for 203", {300s, {}, {}, {}, {}}, 203, DATE, Source::RouteTtl, 300s},
    {"design §4: ttl for 204", {300s, {}, {}, {}, {}}, 204, DATE, Source::RouteTtl, 300s},
    {"design §4: ttl for 301", {300s, {}, {}, {}, {}}, 301, DATE, Source::RouteTtl, 300s},
    {"design §4: ttl for 308", {300s, {}, {}, {}, {}}, 308, DATE, Source::RouteTtl, 300s},
    {"design §4: no ttl for 201", {300s, {}, {}, {}, {}}, 201, DATE, Source::None, 0s},
    {"design §4: no ttl for 302", {300s, {}, {}, {}, {}}, 302, DATE, Source::None, 0s},
    {"design §4: no ttl for 404", {300s, {}, {}, {}, {}}, 404, DATE, Source::None, 0s},
    {"design §4: no ttl for 500", {300s, {}, {}, {}, {}}, 500, DATE, Source::None, 0s},
    {"design §4: ttl_override over s-maxage",
     {{}, 300s, {}, {}, {}},
     200,
     "Cache-Control: s-maxage=9",
     Source::TtlOverride,
     300s},
    {"design §4: ttl_override over ttl",
     {60s, 300s, {}, {}, {}},
     200,
     DATE,
     Source::TtlOverride,
     300s},
    {"design §4: ttl_override not for errors",
     {{}, 300s, {}, {}, {}},
     503,
     "Cache-Control: max-age=9",
     Source::MaxAge,
     9s},
    {"design §4: min_ttl raises",
     {{}, {}, 60s, {}, {}},
     200,
     "Cache-Control: max-age=9",
     Source::MaxAge,
     60s},
    {"design §4: min_ttl needs something to raise",
     {{}, {}, 60s, {}, {}},
     200,
     DATE,
     Source::None,
     0s},
    {"design §4: min_ttl not for errors",
     {{}, {}, 60s, {}, {}},
     503,
     "Cache-Control: max-age=9",
     Source::MaxAge,
     9s},
    {"design §4: max_ttl lowers",
     {{}, {}, {}, 60s, {}},
     200,
     "Cache-Control: max-age=900",
     Source::MaxAge,
     60s},
    {"design §4: max_ttl lowers the heuristic",
     {{}, {}, {}, 60s, {}},
     200,
     DATE DAY_OLD,
     Source::Heuristic,
     60s},
    {"design §4: max_ttl for errors too",
     {{}, {}, {}, 60s, {}},
     503,
     "Cache-Control: max-age=900",
     Source::MaxAge,
     60s},
    {"design §4: max_ttl over min_ttl",
     {{}, {}, 90s, 60s, {}},
     200,
     "Cache-Control: max-age=9",
     Source::MaxAge,
     60s},
    {"design §4: the negative table names a status",
     {{}, {}, {}, {}, {{404, 10s}}},
     404,
     DATE,
     Source::Negative,
     10s},
    {"design §4: the negative table, another status",
     {{}, {}, {}, {}, {{404, 10s}}},
     500,
     DATE,
     Source::None,
     0s},
    {"design §4: explicit over the negative table",
     {{}, {}, {}, {}, {{404, 10s}}},
     404,
     "Cache-Control: max-age=9",
     Source::MaxAge,
     9s},
    {"design §4: the negative table over the heuristic",
     {{}, {}, {}, {}, {{404, 10s}}},
     404,
     DATE DAY_OLD,
     Source::Negative,
     10s},
    {"design §4: the negative table over ttl",
     {300s, {}, {}, {}, {{204, 10s}}},
     204,
     DATE,
     Source::Negative,
     10s},
};

struct AgeRow {
  const char* name;
  const char* fields;
  Millis delay;  // from request to response
  Millis expected;
};

const AgeRow kAges[] = {
    {"RFC 9111 §4.2.3: straight from the origin", DATE, 0ms, 0ms},
    {"RFC 9111 §4.2.3: the delay counts", DATE, 1500ms, 1500ms},
    {"RFC 9111 §4.2.3: Age plus delay", DATE "Age: 30", 1500ms, 31500ms},
    {"RFC 9111 §4.2.3: apparent age", "Date: Sun, 31 Dec 2023 23:59:00 GMT", 0ms, 60s},
    {"RFC 9111 §4.2.3: the larger of both: Age", "Date: Sun, 31 Dec 2023 23:59:50 GMT\nAge: 25",
     0ms, 25s},
    {"RFC 9111 §4.2.3: the larger of both: Date", "Date: Sun, 31 Dec 2023 23:59:00 GMT\nAge: 25",
     0ms, 60s},
    {"RFC 9111 §4.2.3: Date in the future", "Date: Mon, 01 Jan 2024 01:00:00 GMT", 0ms, 0ms},
    {"RFC 9111 §4.2.3: Date in the future, with Age", "Date: Mon, 01 Jan 2024 01:00:00 GMT\nAge: 9",
     0ms, 9s},
    {"RFC 9111 §4.2.3: no Date", "Age: 9", 0ms, 9s},
    {"RFC 9111 §5.1: malformed Age", DATE "Age: x", 0ms, 0ms},
    {"RFC 9111 §1.2.2: huge Age", "Age: 99999999999", 0ms, Seconds{kMaxDeltaSeconds}},
    {"RFC 9111 §4.2.3: a clock that went back", DATE, -5s, 0ms},
};

}  // namespace

TEST_CASE("freshness as the origin says") {
  for (const auto& row : kOrigins) {
    INFO(row.name);
    const auto fields = fields_of(row.fields);
    const auto found = freshness(response_facts(row.status, fields), config::Cache{}, kReceived);
    CHECK(to_string(found.source) == to_string(row.source));
    CHECK(found.lifetime == row.lifetime);
  }
}

TEST_CASE("freshness as the route says") {
  for (const auto& row : kRoutes) {
    INFO(row.name);
    const auto fields = fields_of(row.fields);
    const auto facts = response_facts(row.status, fields);
    const auto found = freshness(facts, cache_of(row.route), kReceived);
    CHECK(to_string(found.source) == to_string(row.source));
    CHECK(found.lifetime == row.lifetime);
  }
}

TEST_CASE("initial age") {
  for (const auto& row : kAges) {
    INFO(row.name);
    const auto fields = fields_of(row.fields);
    const auto facts = response_facts(200, fields);
    CHECK(corrected_initial_age(facts, {kReceived - row.delay, kReceived}) == row.expected);
  }
}

TEST_CASE("current age (RFC 9111 §4.2.3)") {
  StoredFacts stored;
  stored.born = kReceived;
  stored.initial_age = 30s;
  CHECK(current_age(stored, kReceived) == 30s);
  CHECK(current_age(stored, kReceived + 5s) == 35s);
  CHECK(current_age(stored, kReceived - 5s) == 30s);
}

TEST_CASE("statuses that are understood (RFC 9110 §15)") {
  for (const unsigned status :
       {200U, 204U, 205U, 206U, 301U, 303U, 308U, 404U, 410U, 422U, 426U, 500U, 505U}) {
    INFO(status);
    CHECK(is_understood(status));
  }
  for (const unsigned status : {100U, 299U, 304U, 306U, 402U, 418U, 499U, 506U, 599U}) {
    INFO(status);
    CHECK_FALSE(is_understood(status));
  }
}
