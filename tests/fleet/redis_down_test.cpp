// Redis is gone, silent, slow or loading: what clients notice under load (FAULTS.md has the
// promises, docs/failures.md the figures that were seen).

#include <catch2/catch.hpp>

#include <csignal>

#include <thread>

#include "tests/fleet/promises.hpp"
#include "tests/fleet/story.hpp"

namespace wf::test {

TEST_CASE("FM-01 Redis is killed, and started again", "[fault]") {
  Stage stage;
  const Story story = play(stage, {"FM-01", "Redis is killed", [&] { stage.redis().kill(); },
                                   [&] { stage.redis().restart(); }});
  check_nobody_noticed(story);
  check_slower_by(story, 10ms);
  check_recovered_within(story, 2s);
  CHECK(story.fault.from_memory > 0);
}

TEST_CASE("FM-02 Redis freezes", "[fault]") {
  Stage stage;
  const Story story = play(stage, {"FM-02", "Redis is stopped (SIGSTOP)",
                                   [&] { stage.redis().freeze(); }, [&] { stage.redis().thaw(); }});
  check_nobody_noticed(story);
  check_slower_by(story, 60ms);
  check_recovered_within(story, 2s);
}

TEST_CASE("FM-02 the link to Redis swallows everything", "[fault]") {
  Stage stage;
  const Story story =
      play(stage, {"FM-02", "the link swallows what is sent",
                   [&] { stage.link().apply("swallow"); }, [&] { stage.link().apply("clear"); }});
  check_nobody_noticed(story);
  check_slower_by(story, 60ms);
  check_recovered_within(story, 2s);
}

TEST_CASE("FM-03 Redis is slow", "[fault]") {
  for (const auto delay : {5ms, 20ms, 100ms}) {
    const std::string line = "delay " + std::to_string(delay.count()) + "ms down";
    Stage stage;
    const Story story =
        play(stage, {"FM-03", "replies of Redis come later: " + line,
                     [&] { stage.link().apply(line); }, [&] { stage.link().apply("clear"); }});
    check_nobody_noticed(story);
    // A miss asks more than once: look, lock, store.
    check_slower_by(story, 3 * std::min(delay, 50ms));
    check_recovered_within(story, 2s);
  }
}

TEST_CASE("FM-04 one of the connections to Redis dies silently", "[fault]") {
  Stage stage;
  const Story story = play(stage, {"FM-04", "one connection passes nothing any more",
                                   [&] { stage.link().apply("stall 0"); }, [] {}});
  check_nobody_noticed(story);
  check_slower_by(story, 60ms);
  check_recovered_within(story, 2s);
  CHECK(story.fault.from_redis > 0);
}

TEST_CASE("FM-07 Redis loads its data", "[fault]") {
  Stage stage;
  const auto slow_start = [&] {
    for (auto i = 0; i < fault_length() / 5ms; ++i) {
      stage.redis().ask({"SET", "other:" + std::to_string(i), "x", "PX", "600000"});
    }
    stage.redis().ask({"SAVE"});
    stage.redis().restart_loading(5ms);
  };
  const Story story = play(
      stage, {"FM-07", "Redis answers LOADING", slow_start, [&] { stage.redis().wait_loaded(); }});
  check_nobody_noticed(story);
  check_slower_by(story, 60ms);
  check_recovered_within(story, 2s);
}

TEST_CASE("FM-14 somebody's script keeps Redis busy", "[fault]") {
  Stage stage;
  stage.redis().ask({"CONFIG", "SET", "lua-time-limit", "50"});
  std::thread culprit;
  const auto loop = [&] {
    culprit = std::thread{[&] {
      try {
        stage.redis().ask({"EVAL", "while true do end", "0"});
      } catch (const std::runtime_error&) {  // killed, or out of patience
      }
    }};
  };
  const Story story = play(stage, {"FM-14", "Redis answers BUSY", loop, [&] {
                                     stage.redis().ask({"SCRIPT", "KILL"});
                                   }});
  culprit.join();
  check_nobody_noticed(story);
  check_slower_by(story, 60ms);
  check_recovered_within(story, 2s);
}

TEST_CASE("FM-18 Redis flaps", "[fault]") {
  Stage stage;
  std::atomic<bool> over{false};
  std::thread flapping;
  const auto flap = [&] {
    flapping = std::thread{[&] {
      while (!over) {
        stage.link().apply("refuse");
        stage.link().apply("reset");
        std::this_thread::sleep_for(200ms);
        stage.link().apply("accept");
        std::this_thread::sleep_for(300ms);
      }
    }};
  };
  const std::size_t before = stage.proxy(0).process().memory_now();
  const Story story = play(stage, {"FM-18", "Redis comes and goes every half second", flap, [&] {
                                     over = true;
                                     flapping.join();
                                   }});
  check_nobody_noticed(story);
  check_recovered_within(story, 2s);
  CHECK(stage.proxy(0).process().memory_now() < before + (64U << 10U));
}

}  // namespace wf::test
