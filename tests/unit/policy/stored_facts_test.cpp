// What is remembered of a stored response.
#include <catch2/catch.hpp>

#include "proxy/policy/storability.hpp"
#include "tests/unit/policy/fields_of.hpp"

using namespace wf;
using namespace wf::policy;
using namespace std::chrono_literals;

namespace {

struct FlagRow {
  const char* name;
  const char* cache_control;
  bool must_revalidate;
  bool no_cache;
  bool authorized;
};

const FlagRow kStoredFlags[] = {
    {"RFC 9111 §4.2.4: nothing", "max-age=5", false, false, false},
    {"RFC 9111 §5.2.2.2: must-revalidate", "max-age=5, must-revalidate", true, false, true},
    {"RFC 9111 §5.2.2.8: proxy-revalidate", "max-age=5, proxy-revalidate", true, false, false},
    {"RFC 9111 §5.2.2.10: s-maxage", "s-maxage=5", true, false, true},
    {"RFC 9111 §5.2.2.4: no-cache", "max-age=5, no-cache", false, true, false},
    {"RFC 9111 §5.2.2.4: no-cache of fields", "max-age=5, no-cache=\"a\"", false, false, false},
    {"RFC 9111 §5.2.2.9: public", "max-age=5, public", false, false, true},
};

}  // namespace

TEST_CASE("what is remembered of a stored response") {
  const auto fields = fields_of(
      "Date: Mon, 01 Jan 2024 00:00:00 GMT\nAge: 10\nETag: \"a\"\n"
      "Cache-Control: max-age=100, stale-while-revalidate=30, stale-if-error=60, public");
  const auto facts = response_facts(203, fields);
  config::Cache cache;
  cache.grace = 5s;
  const ExchangeTimes times{kReceived - 1s, kReceived};
  auto stored = stored_facts(facts, cache, times, 0.0);
  CHECK(stored.status == 203);
  CHECK(stored.born == kReceived);
  CHECK(stored.initial_age == 11s);
  CHECK(stored.lifetime == 100s);
  CHECK(stored.stale_while_revalidate == 30s);
  CHECK(stored.stale_if_error == 60s);
  CHECK(stored.grace == 5s);
  CHECK(stored.has_validator);
  CHECK(stored.authorized);
  CHECK_FALSE(stored.must_revalidate);
  CHECK_FALSE(stored.no_cache);

  cache.stale_while_revalidate = 1s;
  cache.stale_if_error = 0s;
  stored = stored_facts(facts, cache, times, 0.0);
  CHECK(stored.stale_while_revalidate == 1s);
  CHECK(stored.stale_if_error == 0s);
}

TEST_CASE("jitter shortens by up to the route's share (design §4)") {
  const auto fields = fields_of("Cache-Control: max-age=60");
  const auto facts = response_facts(200, fields);
  config::Cache cache;
  const ExchangeTimes times{kReceived, kReceived};
  CHECK(stored_facts(facts, cache, times, 0.999).lifetime == 60s);
  cache.jitter_percent = 10;
  CHECK(stored_facts(facts, cache, times, 0.0).lifetime == 60s);
  CHECK(stored_facts(facts, cache, times, 0.5).lifetime == 57s);
}

TEST_CASE("directives that bind later uses") {
  for (const auto& row : kStoredFlags) {
    INFO(row.name);
    const Field field{"Cache-Control", row.cache_control};
    const auto stored = stored_facts(response_facts(200, {&field, 1}), config::Cache{},
                                     {kReceived, kReceived}, 0.0);
    CHECK(stored.must_revalidate == row.must_revalidate);
    CHECK(stored.no_cache == row.no_cache);
    CHECK(stored.authorized == row.authorized);
  }
}

TEST_CASE("a route that overrides s-maxage also lifts what it implies (design §4)") {
  const Field field{"Cache-Control", "s-maxage=5"};
  config::Cache cache;
  cache.ttl_override = 60s;
  const auto stored =
      stored_facts(response_facts(200, {&field, 1}), cache, {kReceived, kReceived}, 0.0);
  CHECK_FALSE(stored.must_revalidate);
  CHECK(stored.lifetime == 60s);
}

TEST_CASE("fields that are withheld (RFC 9111 §5.2.2.4, §5.2.2.7)") {
  const Field field{"Cache-Control", "private=\"a\", no-cache=\"b\""};
  const auto cc = parse_response_cache_control({&field, 1});
  CHECK(is_withheld(cc, {}, "A"));
  CHECK(is_withheld(cc, {}, "b"));
  CHECK_FALSE(is_withheld(cc, {}, "c"));
  CHECK_FALSE(is_withheld(cc, {false, true, false}, "a"));
  CHECK_FALSE(is_withheld(cc, {false, false, true}, "b"));
}
