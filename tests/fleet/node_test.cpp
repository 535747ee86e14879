// A proxy dies or stands still; the others, and what lies in Redis, go on.

#include <catch2/catch.hpp>

#include <csignal>

#include <thread>

#include <fmt/format.h>

#include "tests/fleet/promises.hpp"
#include "tests/fleet/story.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

/// How many keys would stay for ever.
std::int64_t immortal(const RedisServer& redis) {
  return redis
      .ask({"EVAL",
            "local count = 0 for _, key in ipairs(redis.call('KEYS', '*')) do "
            "if redis.call('PTTL', key) == -1 then count = count + 1 end end return count",
            "0"})
      .integer();
}

}  // namespace

TEST_CASE("FM-40 a proxy is killed: the others go on, and leave no key behind", "[node]") {
  StageSettings settings;
  settings.proxies = 3;
  Stage stage{std::move(settings)};
  LoadPlan others = stage.plan();
  others.ports.erase(others.ports.begin());
  const auto kill = [&] { stage.proxy(0).process().signal(SIGKILL); };
  const Story story = play(
      stage, {"FM-40", "one of three proxies is killed", kill, [&] { stage.restart(0); }}, others);
  check_nobody_noticed(story);
  check_slower_by(story, 10ms);
  check_recovered_within(story, 2s);
  CHECK(immortal(stage.redis()) == 0);
}

TEST_CASE("FM-11 FM-12 keys of every kind are lost at random", "[node]") {
  StageSettings settings;
  settings.proxies = 3;
  settings.cache = "{ttl: 1s, stale_while_revalidate: 1s}";
  Stage stage{std::move(settings)};
  std::atomic<bool> over{false};
  std::atomic<unsigned> lost{0};
  std::thread losing;
  const auto lose = [&] {
    losing = std::thread{[&] {
      while (!over) {
        const std::string key{stage.redis().ask({"RANDOMKEY"}).text()};
        if (!key.empty() && stage.redis().ask({"DEL", key}).integer() == 1) ++lost;
      }
    }};
  };
  const Story story = play(stage, {"FM-12", "keys of every kind vanish at random", lose, [&] {
                                     over = true;
                                     losing.join();
                                   }});
  check_nobody_noticed(story);
  check_recovered_within(story, 2s);
  CHECK(lost > 0);
}

TEST_CASE("soak: nothing but new URLs", "[node]") {
  // WARMFRONT_SOAK_SECONDS (6): a third of it to warm up.
  const std::chrono::seconds length{setting("WARMFRONT_SOAK_SECONDS", 6)};
  StageSettings settings;
  settings.cache = "{ttl: 3s}";
  settings.memory = "4MiB";
  Stage stage{std::move(settings)};
  LoadPlan plan = stage.plan();
  plan.cold_share = 1;
  Load load{std::move(plan)};
  std::this_thread::sleep_for(length / 3);
  const Noticed before = load.next_phase();
  std::vector<std::size_t> rss;
  for (std::size_t i = 0; i < 2; ++i) rss.push_back(stage.proxy(i).process().memory_now());
  std::this_thread::sleep_for(length * 2 / 3);
  std::vector<std::size_t> grown;
  for (std::size_t i = 0; i < 2; ++i) {
    const std::size_t now = stage.proxy(i).process().memory_now();
    grown.push_back(now > rss[i] ? now - rss[i] : 0);
  }
  const Noticed noticed = load.finish();
  const std::string stats{stage.redis().ask({"INFO", "commandstats"}).text()};
  fmt::print("SOAK   new URLs {} then {} failed {}; RSS KiB {} +{}, {} +{}; without TTL {}\n",
             before.requests, noticed.requests, before.failed + noticed.failed, rss[0], grown[0],
             rss[1], grown[1], immortal(stage.redis()));
  CHECK(before.failed + noticed.failed == 0);
  for (const std::size_t growth : grown) CHECK(growth <= 8U << 10U);
  CHECK(immortal(stage.redis()) == 0);
  // Before this test itself looked for keys.
  for (const char* walker : {"scan", "keys", "flushdb", "flushall", "randomkey", "dbsize"}) {
    CHECK(stats.find(std::string{"cmdstat_"} + walker + ":") == std::string::npos);
  }
}

}  // namespace wf::test
