// Many clients, one key, three proxies: what it costs the origin (FM-28, FM-29, FM-39), and a hot
// key that goes stale.

#include <catch2/catch.hpp>

#include <csignal>
#include <iostream>

#include <fmt/format.h>

#include "tests/fleet/stampede.hpp"
#include "tests/fleet/story.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

void say(const char* id, const std::string& what, const Stampede::Result& result,
         unsigned fetches) {
  const auto ms = [](microseconds time) { return static_cast<double>(time.count()) / 1000; };
  std::cout << fmt::format("{:6} {:44} answered {:5} fetches {:4}  p50 ms {:6.1f}  p99 ms {:6.1f}",
                           id, what, result.whole, fetches, ms(result.quantile(0.5)),
                           ms(result.quantile(0.99)))
            << std::endl;
}

StageSettings fleet_of_three(milliseconds takes) {
  StageSettings settings;
  settings.proxies = 3;
  settings.takes = takes;
  settings.memory = "64MiB";
  return settings;
}

}  // namespace

TEST_CASE("FM-28 a stampede on a cold key costs the fleet one fetch", "[crowd]") {
  const std::size_t clients = setting("WARMFRONT_CLIENTS", 300);
  const std::size_t runs = setting("WARMFRONT_STAMPEDES", 3);
  Stage stage{fleet_of_three(500ms)};
  Stampede stampede{stage.ports(), clients};
  for (std::size_t run = 0; run < runs; ++run) {
    const std::string target = "/cold/" + std::to_string(run);
    const Stampede::Result result = stampede.ask(target, 20s);
    const unsigned fetches = stage.origin().requests(target);
    say("FM-28", fmt::format("{} clients, one cold key, origin 500 ms", 3 * clients), result,
        fetches);
    CHECK(result.whole == 3 * clients);
    CHECK(result.bodies == 1);
    CHECK(fetches == 1);
    CHECK(result.quantile(0.99) <= 560ms + slack());
  }
}

TEST_CASE("FM-28 without Redis a stampede costs each proxy one fetch", "[crowd]") {
  Stage stage{fleet_of_three(500ms)};
  Stampede stampede{stage.ports(), 100};
  stage.redis().kill();
  const Stampede::Result result = stampede.ask("/cold", 20s);
  const unsigned fetches = stage.origin().requests("/cold");
  say("FM-28", "300 clients, one cold key, Redis down", result, fetches);
  CHECK(result.whole == 300);
  CHECK(fetches <= 3);
}

TEST_CASE("FM-29 requests for what cannot be shared do not queue", "[crowd]") {
  Stage stage{fleet_of_three(200ms)};
  stage.origin().handle([](const OriginRequest& request) {
    return Script{}.take(200ms).send(
        to_text({200, {{"Cache-Control", "no-store"}}, "mine"}, request.serial));
  });
  const std::vector<std::uint16_t> ports = stage.ports();
  Stampede first{ports, 170};
  const Stampede::Result wave = first.ask("/private", 20s);
  const unsigned before = stage.origin().requests("/private");
  say("FM-29", "510 clients, not storable, first wave", wave, before);
  CHECK(wave.whole == 510);
  Stampede second{ports, 170};
  const Stampede::Result result = second.ask("/private", 20s);
  const unsigned fetches = stage.origin().requests("/private") - before;
  say("FM-29", "510 clients, not storable, second wave", result, fetches);
  CHECK(result.whole == 510);
  CHECK(fetches == 510);
  CHECK(result.quantile(0.99) <= 260ms + slack());
}

TEST_CASE("FM-39 the holder of the lock is killed", "[crowd]") {
  Stage stage{fleet_of_three(5ms)};
  stage.origin().handle([](const OriginRequest& request) {
    if (request.serial == 1) return Script{}.hold("never");
    return echo(request);
  });
  HttpClient lost{stage.proxy(0).port()};
  REQUIRE(lost.send(ClientRequest{"GET", "/x", {}, {}}));
  REQUIRE(stage.origin().wait_held("never"));
  Stampede stampede{{stage.proxy(1).port(), stage.proxy(2).port()}, 50};
  stage.proxy(0).process().signal(SIGKILL);
  const Stampede::Result result = stampede.ask("/x", 20s);
  say("FM-39", "100 clients of the others, the leader is killed", result,
      stage.origin().requests("/x"));
  CHECK(result.whole == 100);
  CHECK(stage.origin().requests("/x") == 2);
  CHECK(result.quantile(1) <= 2100ms + slack());
}

TEST_CASE("a hot key goes stale: one refresh, and nobody waits for it", "[crowd]") {
  StageSettings settings = fleet_of_three(400ms);
  settings.cache = "{ttl: 2s, stale_while_revalidate: 1m}";
  Stage stage{std::move(settings)};
  for (const std::uint16_t port : stage.ports()) CHECK(get(port, "/hot/0").status == 200);
  REQUIRE(stage.origin().requests("/hot/0") == 1);
  LoadPlan plan = stage.plan();
  plan.connections = 24;
  plan.hot_keys = plan.warm_keys = 1;
  plan.cold_share = 0;
  plan.only_hot = true;
  Load load{plan};
  REQUIRE(eventually([&] { return stage.origin().requests("/hot/0") == 2; }));
  std::this_thread::sleep_for(1s);  // past the refresh, before the next
  const Noticed noticed = load.finish();
  std::cout << fmt::format(
                   "SWR    requests {} failed {} refreshes {}  p99 ms {:.1f}  slowest {:.1f}",
                   noticed.requests, noticed.failed, stage.origin().requests("/hot/0") - 1,
                   static_cast<double>(noticed.quantile(0.99).count()) / 1000,
                   static_cast<double>(noticed.quantile(1).count()) / 1000)
            << std::endl;
  CHECK(noticed.failed == 0);
  CHECK(stage.origin().requests("/hot/0") == 2);
  CHECK(noticed.quantile(1) < 400ms);
}

}  // namespace wf::test
