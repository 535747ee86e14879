// A proxy dies or stands still; the others, and what lies in Redis, go on.

#include <catch2/catch.hpp>

#include <csignal>

#include <thread>

#include "tests/fleet/promises.hpp"
#include "tests/fleet/story.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

/// Keys that would stay for ever.
std::vector<std::string> immortal(const RedisServer& redis) {
  std::vector<std::string> found;
  const redis::Reply keys = redis.ask({"KEYS", "*"});
  for (const redis::Reply& key : keys.elements()) {
    const std::string name{key.text()};
    if (redis.ask({"PTTL", name}).integer() == -1) found.push_back(name);
  }
  return found;
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
  CHECK(immortal(stage.redis()).empty());
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

}  // namespace wf::test
