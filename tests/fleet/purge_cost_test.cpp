// A purge costs the same whatever it matches (design §7): tag, prefix, pattern and namespace, on
// ten records and on WARMFRONT_PURGE_RECORDS (20,000).

#include <catch2/catch.hpp>

#include <iostream>

#include "proxy/server/shared.hpp"
#include "tests/fleet/planted.hpp"
#include "tests/fleet/purger.hpp"
#include "tests/fleet/settings.hpp"
#include "tests/fleet/story.hpp"
#include "tests/walk/http_client.hpp"
#include "tests/walk/proxy.hpp"

namespace wf::test {

namespace {

using invalidation::Receipt;
using invalidation::Selector;
using std::chrono::microseconds;

constexpr std::size_t kTimes = 300;
constexpr Millis kLease{2'000};

struct Cost {
  microseconds p50{0};
  microseconds p99{0};
  double commands = 0;  ///< that were sent to Redis, for each
};

struct Scene {
  Scene() : proxy(tagged()) {}

  /// Records that all purges so far leave valid.
  void plant_now(std::size_t from, std::size_t count) {
    // The proxy may be behind what nobody waited for.
    REQUIRE(purge("t none", config::Wait::Fleet).state == Receipt::State::Everywhere);
    plant(redis, {proxy.shared().purges.position(), from, count});
  }

  /// A stored record is served, then what the selector names is purged, and it is not.
  void check_purged(const Selector& selector) {
    plant_now(7, 1);
    CHECK(get(proxy.port(), "/r/7").says("hit"));
    const unsigned asked = origin.requests();
    const Receipt receipt = purge(selector, config::Wait::Fleet);
    CHECK(receipt.state == Receipt::State::Everywhere);
    CHECK_FALSE(get(proxy.port(), "/r/7").says("hit"));
    CHECK(origin.requests() == asked + 1);
  }

  Receipt purge(const Selector& selector, config::Wait wait) {
    invalidation::Purge what;
    what.selectors = {selector};
    what.wait = wait;
    return purger.purge(std::move(what), Millis{10'000});
  }

  Cost measure(const Selector& selector) {
    const std::uint64_t before = purger.commands();
    std::vector<microseconds> took;
    for (std::size_t i = 0; i < kTimes; ++i) {
      const auto begun = timer_now();
      const Receipt receipt = purge(selector, config::Wait::None);
      took.push_back(std::chrono::duration_cast<microseconds>(timer_now() - begun));
      REQUIRE(receipt.state == Receipt::State::Accepted);
    }
    const auto sent = static_cast<double>(purger.commands() - before);
    return {quantile(took, 0.5), quantile(took, 0.99), sent / static_cast<double>(kTimes)};
  }

  RedisServer redis;
  ScriptedOrigin origin;
  Proxy proxy;
  Purger purger{redis, kLease};

 private:
  config::Config tagged() {
    config::Config config = config_for(origin, redis);
    cache_of(config).tags = {"all"};
    return config;
  }
};

}  // namespace

TEST_CASE("a purge costs the same whatever it matches", "[purge]") {
  const std::size_t most = setting("WARMFRONT_PURGE_RECORDS", 20'000);
  const std::string host{HttpClient::kHost};
  const std::vector<std::pair<std::string, Selector>> kinds{
      {"tag", "t all"},
      {"prefix", invalidation::prefix_selector(host, "/r").value()},
      {"pattern", invalidation::pattern_selector(host, "/r/*").value()},
      {"namespace", invalidation::namespace_selector("all").value()}};
  Scene stage;
  REQUIRE(eventually([&] {
    return stage.purge("t none", config::Wait::Fleet).state == Receipt::State::Everywhere;
  }));
  std::vector<Cost> few;
  for (const std::size_t records : {std::size_t{10}, most}) {
    stage.plant_now(0, records);
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
      const auto& [name, selector] = kinds[kind];
      stage.check_purged(selector);
      const Cost cost = stage.measure(selector);
      std::cout << "a purge by " << name << " of " << records << " records: p50 "
                << cost.p50.count() << " us, p99 " << cost.p99.count() << " us, " << cost.commands
                << " commands each\n";
      CHECK(cost.commands <= 2);
      CHECK(cost.p99 < Millis{5} + slack());
      if (records == 10) few.push_back(cost);
      // What a busy machine adds to both.
      CHECK(cost.p50 < 3 * few[kind].p50 + microseconds{500});
    }
  }
}

}  // namespace wf::test
