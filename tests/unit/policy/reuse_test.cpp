#include "proxy/policy/reuse.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/policy/fields_of.hpp"

using namespace wf;
using namespace wf::policy;
using namespace std::chrono_literals;

namespace {

// Fresh for 100 s; the rows say what differs.
struct Stored {
  Millis lifetime = 100s;
  Millis initial_age = 0s;
  Millis stale_while_revalidate = 0s;
  Millis stale_if_error = 0s;
  bool must_revalidate = false;
  bool no_cache = false;
  bool has_validator = false;
  bool authorized = false;
};

StoredFacts facts_of(const Stored& stored) {
  StoredFacts out;
  out.born = kReceived;
  out.lifetime = stored.lifetime;
  out.initial_age = stored.initial_age;
  out.stale_while_revalidate = stored.stale_while_revalidate;
  out.stale_if_error = stored.stale_if_error;
  out.must_revalidate = stored.must_revalidate;
  out.no_cache = stored.no_cache;
  out.has_validator = stored.has_validator;
  out.authorized = stored.authorized;
  return out;
}

struct Row {
  const char* name;
  Stored stored;
  const char* request;
  Seconds after;
  Reuse expected;
};

const Row kRows[] = {
    {"RFC 9111 §4.2: fresh", {}, "", 99s, Reuse::Fresh},
    {"RFC 9111 §4.2: stale when the age reaches the lifetime", {}, "", 100s, Reuse::Validate},
    {"RFC 9111 §4.2.3: the initial age counts", {100s, 50s}, "", 50s, Reuse::Validate},
    {"RFC 9111 §4.2.3: stored stale", {100s, 200s}, "", 0s, Reuse::Validate},
    {"RFC 9111 §4.2: lifetime 0", {0s}, "", 0s, Reuse::Validate},
    {"RFC 9111 §5.2.2.4: no-cache though fresh", {.no_cache = true}, "", 1s, Reuse::Validate},
    {"RFC 9111 §5.2.2.2: must-revalidate while fresh",
     {.must_revalidate = true},
     "",
     1s,
     Reuse::Fresh},
    {"RFC 9111 §5.2.2.2: must-revalidate when stale",
     {.must_revalidate = true},
     "Cache-Control: max-stale",
     101s,
     Reuse::Validate},
    {"RFC 9111 §5.2.1.1: max-age above the age",
     {},
     "Cache-Control: max-age=10",
     10s,
     Reuse::Fresh},
    {"RFC 9111 §5.2.1.1: max-age below the age",
     {},
     "Cache-Control: max-age=10",
     11s,
     Reuse::Validate},
    {"RFC 9111 §5.2.1.1: max-age counts the initial age",
     {3600s, 1800s},
     "Cache-Control: max-age=600",
     0s,
     Reuse::Validate},
    {"RFC 9111 §5.2.1.1: max-age=0 at once", {}, "Cache-Control: max-age=0", 0s, Reuse::Validate},
    {"RFC 9111 §5.2.1.2: max-stale within",
     {},
     "Cache-Control: max-stale=10",
     110s,
     Reuse::StaleAllowed},
    {"RFC 9111 §5.2.1.2: max-stale beyond",
     {},
     "Cache-Control: max-stale=10",
     111s,
     Reuse::Validate},
    {"RFC 9111 §5.2.1.2: max-stale without bound",
     {},
     "Cache-Control: max-stale",
     9999s,
     Reuse::StaleAllowed},
    {"RFC 9111 §5.2.1.2: max-stale and fresh", {}, "Cache-Control: max-stale", 5s, Reuse::Fresh},
    {"RFC 9111 §5.2.1.2: stored stale, max-stale",
     {1500s, 2000s},
     "Cache-Control: max-stale=1000",
     0s,
     Reuse::StaleAllowed},
    {"RFC 9111 §5.2.1.1: max-age and max-stale",
     {},
     "Cache-Control: max-age=200, max-stale=50",
     120s,
     Reuse::StaleAllowed},
    {"RFC 9111 §5.2.1.1: max-age without max-stale wants nothing stale",
     {.stale_while_revalidate = 60s},
     "Cache-Control: max-age=200",
     120s,
     Reuse::Validate},
    {"RFC 9111 §5.2.1.3: min-fresh satisfied",
     {},
     "Cache-Control: min-fresh=40",
     60s,
     Reuse::Fresh},
    {"RFC 9111 §5.2.1.3: min-fresh not satisfied",
     {},
     "Cache-Control: min-fresh=41",
     60s,
     Reuse::Validate},
    {"RFC 9111 §5.2.1.3: min-fresh counts the initial age",
     {1500s, 1000s},
     "Cache-Control: min-fresh=1000",
     0s,
     Reuse::Validate},
    {"RFC 9111 §5.2.1.3: min-fresh refuses stale",
     {.stale_while_revalidate = 60s},
     "Cache-Control: min-fresh=1",
     101s,
     Reuse::Validate},
    {"RFC 9111 §5.2.1.4: no-cache", {}, "Cache-Control: no-cache", 1s, Reuse::Validate},
    {"RFC 9111 §5.4: Pragma", {}, "Pragma: no-cache", 1s, Reuse::Validate},
    {"RFC 9111 §5.2.1.5: no-store asks past the cache",
     {},
     "Cache-Control: no-store",
     1s,
     Reuse::Validate},
    {"RFC 9111 §5.2.1.7: only-if-cached and fresh",
     {},
     "Cache-Control: only-if-cached",
     1s,
     Reuse::Fresh},
    {"RFC 9111 §5.2.1.7: only-if-cached and stale",
     {},
     "Cache-Control: only-if-cached",
     101s,
     Reuse::GatewayTimeout},
    {"RFC 9111 §5.2.1.7: only-if-cached and max-stale",
     {},
     "Cache-Control: only-if-cached, max-stale",
     101s,
     Reuse::StaleAllowed},
    {"RFC 9111 §5.2.1.7: only-if-cached and no-cache of the response",
     {.no_cache = true},
     "Cache-Control: only-if-cached",
     1s,
     Reuse::GatewayTimeout},
    {"RFC 5861 §3: within the window",
     {.stale_while_revalidate = 30s},
     "",
     130s,
     Reuse::StaleWhileRevalidate},
    {"RFC 5861 §3: beyond the window", {.stale_while_revalidate = 30s}, "", 131s, Reuse::Validate},
    {"RFC 5861 §3: lifetime 0",
     {.lifetime = 0s, .stale_while_revalidate = 30s},
     "",
     0s,
     Reuse::StaleWhileRevalidate},
    {"RFC 5861 §3: the window does not need the client's leave",
     {.stale_while_revalidate = 30s},
     "Cache-Control: max-stale=99",
     101s,
     Reuse::StaleWhileRevalidate},
    {"RFC 9111 §4.2.4: must-revalidate over the window",
     {.stale_while_revalidate = 30s, .must_revalidate = true},
     "",
     101s,
     Reuse::Validate},
    {"RFC 9111 §3.5: Authorization, not marked as shared",
     {},
     "Authorization: x",
     1s,
     Reuse::Validate},
    {"RFC 9111 §3.5: Authorization, marked as shared",
     {.authorized = true},
     "Authorization: x",
     1s,
     Reuse::Fresh},
};

struct ErrorRow {
  const char* name;
  Stored stored;
  const char* request;
  Seconds after;
  bool expected;
};

const ErrorRow kErrors[] = {
    {"RFC 5861 §4: within the window", {.stale_if_error = 60s}, "", 160s, true},
    {"RFC 5861 §4: beyond the window", {.stale_if_error = 60s}, "", 161s, false},
    {"RFC 5861 §4: lifetime 0", {.lifetime = 0s, .stale_if_error = 60s}, "", 5s, true},
    {"RFC 9111 §4.2.4: no window", {}, "", 101s, false},
    {"RFC 9111 §4.2.4: no window, at the very end", {}, "", 100s, false},
    {"RFC 9111 §4.2: still fresh", {}, "Cache-Control: max-age=0", 50s, true},
    {"RFC 5861 §4: the request's window", {}, "Cache-Control: stale-if-error=60", 160s, true},
    {"RFC 5861 §4: beyond the request's window",
     {},
     "Cache-Control: stale-if-error=60",
     161s,
     false},
    {"RFC 9111 §5.2.1.2: max-stale", {}, "Cache-Control: max-stale=60", 160s, true},
    {"RFC 9111 §5.2.2.2: must-revalidate",
     {.stale_if_error = 60s, .must_revalidate = true},
     "Cache-Control: max-stale",
     101s,
     false},
    {"RFC 9111 §5.2.2.4: no-cache", {.stale_if_error = 60s, .no_cache = true}, "", 101s, false},
    {"RFC 9111 §5.2.1.4: request no-cache",
     {.stale_if_error = 60s},
     "Cache-Control: no-cache",
     101s,
     false},
    {"RFC 9111 §3.5: Authorization", {.stale_if_error = 60s}, "Authorization: x", 101s, false},
    {"RFC 9111 §3.5: Authorization, shared",
     {.stale_if_error = 60s, .authorized = true},
     "Authorization: x",
     101s,
     true},
};

struct KeepRow {
  const char* name;
  Stored stored;
  Seconds after;
  Millis expected;
};

const KeepRow kKeeps[] = {
    {"RFC 9111 §4.3: a validator is kept an hour at least", {.has_validator = true}, 0s, 100s + 1h},
    {"RFC 9111 §4.3: as long again as it was fresh",
     {.lifetime = 2h, .has_validator = true},
     0s,
     4h},
    {"RFC 9111 §4.3: a day at most", {.lifetime = 48h, .has_validator = true}, 0s, 72h},
    {"RFC 9111 §4.3: no-cache with validator",
     {.no_cache = true, .has_validator = true},
     0s,
     100s + 1h},
    {"RFC 9111 §4.3: lifetime 0 with validator", {.lifetime = 0s, .has_validator = true}, 0s, 1h},
    {"RFC 9111 §4.3: stored stale with validator",
     {.initial_age = 200s, .has_validator = true},
     0s,
     1h},
    {"RFC 9111 §5.2.1.2: without validator a minute", {}, 0s, 160s},
    {"RFC 9111 §5.2.1.2: stored stale, a minute from then", {1500s, 2000s}, 0s, 60s},
    {"RFC 9111 §5.2.2.2: must-revalidate without validator", {.must_revalidate = true}, 0s, 100s},
    {"RFC 9111 §5.2.2.4: no-cache without validator", {.no_cache = true}, 0s, 0s},
    {"RFC 9111 §4.2: lifetime 0 and nothing else", {.lifetime = 0s}, 0s, 0s},
    {"RFC 5861 §3: the window", {.stale_while_revalidate = 300s}, 0s, 400s},
    {"RFC 5861 §4: the longer of two windows",
     {.stale_while_revalidate = 300s, .stale_if_error = 600s},
     0s,
     700s},
    {"RFC 5861 §4: a window begins when freshness ends",
     {.initial_age = 40s, .stale_if_error = 600s},
     0s,
     660s},
    {"RFC 9111 §4.2.4: must-revalidate closes the windows",
     {.stale_if_error = 600s, .must_revalidate = true},
     0s,
     100s},
    {"RFC 9111 §4.2: from now on", {}, 50s, 110s},
    {"RFC 9111 §4.2: past its use", {}, 500s, 0s},
};

}  // namespace

TEST_CASE("may a stored response answer?") {
  for (const auto& row : kRows) {
    INFO(row.name);
    const auto fields = fields_of(row.request);
    const auto request = request_facts(Method::Get, fields, false);
    const auto found = judge(facts_of(row.stored), request, kReceived + row.after);
    CHECK(to_string(found.reuse) == to_string(row.expected));
    CHECK(found.age == row.stored.initial_age + row.after);
    CHECK(found.remaining == row.stored.lifetime - found.age);
  }
}

TEST_CASE("a route may have an answer refreshed before it is stale (design §4)") {
  const auto early = [](Seconds after, unsigned percent, const char* text) {
    const auto fields = fields_of(text);
    const auto request = request_facts(Method::Get, fields, false);
    const auto stored = facts_of({});
    const auto judged = judge(stored, request, kReceived + after);
    return refresh_early(judged, stored.lifetime, percent);
  };
  CHECK_FALSE(early(99s, 0, ""));
  CHECK_FALSE(early(80s, 20, ""));
  CHECK(early(81s, 20, ""));
  CHECK_FALSE(early(100s, 20, ""));  // stale: validated, or served stale, by other rules
  CHECK_FALSE(early(99s, 20, "Cache-Control: no-cache"));
}

TEST_CASE("may it answer when the origin fails?") {
  for (const auto& row : kErrors) {
    INFO(row.name);
    const auto fields = fields_of(row.request);
    const auto request = request_facts(Method::Get, fields, false);
    CHECK(may_serve_on_error(facts_of(row.stored), request, kReceived + row.after) == row.expected);
  }
}

TEST_CASE("how long is a record kept?") {
  for (const auto& row : kKeeps) {
    INFO(row.name);
    CHECK(keep_for(facts_of(row.stored), kReceived + row.after) == row.expected);
  }
}

TEST_CASE("grace keeps a record longer (design §4)") {
  auto stored = facts_of({});
  stored.grace = 600s;
  CHECK(keep_for(stored, kReceived) == 700s);
}

TEST_CASE("only-if-cached does not go to the origin (RFC 9111 §5.2.1.7)") {
  const auto only = fields_of("Cache-Control: only-if-cached");
  CHECK_FALSE(may_forward(request_facts(Method::Get, only, false)));
  CHECK(may_forward(request_facts(Method::Get, {}, false)));
}

TEST_CASE("which answers are errors of the origin (RFC 5861 §4)") {
  for (const unsigned status : {500U, 502U, 503U, 504U}) CHECK(is_origin_error(status));
  for (const unsigned status : {200U, 404U, 499U, 501U, 505U}) CHECK_FALSE(is_origin_error(status));
}

TEST_CASE("a soft purge ends freshness, and begins the windows of staleness (RFC 5861)") {
  StoredFacts stored;
  stored.born = kReceived;
  stored.lifetime = 100s;
  stored.stale_while_revalidate = 30s;
  stored.stale_if_error = 60s;
  const RequestFacts request = request_facts(Method::Get, {}, false);
  const auto judged = [&](UnixTime since, UnixTime now) {
    return judge(stale_since(stored, since, now), request, now).reuse;
  };
  CHECK(judged(kReceived + 10s, kReceived + 10s) == Reuse::StaleWhileRevalidate);
  CHECK(judged(kReceived + 10s, kReceived + 40s) == Reuse::StaleWhileRevalidate);
  CHECK(judged(kReceived + 10s, kReceived + 41s) == Reuse::Validate);
  // Redis' clock may be a little ahead: never fresh for that.
  CHECK(judged(kReceived + 10s + 20ms, kReceived + 10s) == Reuse::StaleWhileRevalidate);
  // Stale by its age before: the purge prolongs nothing.
  CHECK(judged(kReceived + 125s, kReceived + 130s) == Reuse::StaleWhileRevalidate);
  CHECK(judged(kReceived + 125s, kReceived + 131s) == Reuse::Validate);
  const auto on_error = [&](UnixTime since, UnixTime now) {
    return may_serve_on_error(stale_since(stored, since, now), request, now);
  };
  CHECK(on_error(kReceived + 10s, kReceived + 70s));
  CHECK_FALSE(on_error(kReceived + 10s, kReceived + 71s));
  stored.must_revalidate = true;
  CHECK(judged(kReceived + 10s, kReceived + 10s) == Reuse::Validate);
  CHECK_FALSE(on_error(kReceived + 10s, kReceived + 10s));
}
