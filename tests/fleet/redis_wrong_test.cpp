// Redis is there, but full, read-only, closed to us, or holds what we did not write.

#include <catch2/catch.hpp>

#include <thread>

#include "tests/fleet/promises.hpp"
#include "tests/fleet/story.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

/// Keys of ours, by a command that the proxies themselves never give.
std::vector<std::string> keys_of(const RedisServer& redis, const std::string& pattern) {
  std::vector<std::string> all;
  const redis::Reply reply = redis.ask({"KEYS", pattern});
  for (const redis::Reply& key : reply.elements()) all.emplace_back(key.text());
  return all;
}

}  // namespace

TEST_CASE("FM-05 Redis is out of memory", "[fault]") {
  Stage stage;
  const Story story = play(stage, {"FM-05", "Redis refuses to write (OOM)",
                                   [&] {
                                     stage.redis().ask({"CONFIG", "SET", "maxmemory", "1mb"});
                                   },
                                   [&] {
                                     stage.redis().ask({"CONFIG", "SET", "maxmemory", "0"});
                                   }});
  check_nobody_noticed(story);
  check_slower_by(story, 10ms);
  check_recovered_within(story, 2s);
  CHECK(story.fault.from_redis > 0);  // reading goes on
}

TEST_CASE("FM-06 Redis becomes a replica, and a master again", "[fault]") {
  Stage stage;
  const Story story = play(stage, {"FM-06", "Redis answers READONLY",
                                   [&] {
                                     stage.redis().ask({"REPLICAOF", "127.0.0.1", "1"});
                                   },
                                   [&] {
                                     stage.redis().ask({"REPLICAOF", "NO", "ONE"});
                                   }});
  check_nobody_noticed(story);
  check_slower_by(story, 60ms);
  check_recovered_within(story, 1s);
}

TEST_CASE("FM-09 our keys hold lists", "[fault]") {
  Stage stage;
  const auto spoil = [&] {
    for (const std::string& key : keys_of(stage.redis(), "wf:*:r")) {
      stage.redis().ask({"DEL", key});
      stage.redis().ask({"LPUSH", key, "x"});
      stage.redis().ask({"PEXPIRE", key, "600000"});
    }
  };
  const Story story = play(stage, {"FM-09", "records turn into lists (WRONGTYPE)", spoil, [] {}});
  check_nobody_noticed(story);
  check_slower_by(story, 10ms);
  check_recovered_within(story, 2s);
}

TEST_CASE("FM-10 a record of half a gigabyte", "[fault]") {
  Stage stage;
  CHECK(get(stage.proxy(0).port(), "/big").status == 200);
  REQUIRE(eventually([&] { return !keys_of(stage.redis(), "wf:*:r").empty(); }));
  const std::string key = keys_of(stage.redis(), "wf:*:r").front();
  stage.redis().ask({"SETRANGE", key, "536870000", "x"});
  const std::size_t before = stage.proxy(1).process().memory_now();
  const Response response = get(stage.proxy(1).port(), "/big");
  CHECK(response.body == Load::body_of("/big", 2048));
  CHECK(stage.proxy(1).process().memory_now() < before + (16U << 10U));
  CHECK(eventually([&] { return stage.shared(); }));  // the connection lives
}

TEST_CASE("FM-13 the scripts are flushed again and again", "[fault]") {
  Stage stage;
  std::atomic<bool> over{false};
  std::thread flushing;
  const auto flush = [&] {
    flushing = std::thread{[&] {
      while (!over) {
        stage.redis().ask({"SCRIPT", "FLUSH"});
        std::this_thread::sleep_for(5ms);
      }
    }};
  };
  const Story story = play(stage, {"FM-13", "SCRIPT FLUSH every 5 ms (NOSCRIPT)", flush, [&] {
                                     over = true;
                                     flushing.join();
                                   }});
  check_nobody_noticed(story);
  check_slower_by(story, 10ms);
  check_recovered_within(story, 2s);
}

TEST_CASE("FM-15 Redis asks for a password", "[fault]") {
  Stage stage;
  const auto close_door = [&] {
    stage.redis().ask({"CONFIG", "SET", "requirepass", "other"});
    stage.link().apply("reset");
  };
  const auto open_door = [&] {
    stage.redis().ask_as("other", {"CONFIG", "SET", "requirepass", ""});
  };
  const Story story = play(stage, {"FM-15", "Redis answers NOAUTH", close_door, open_door});
  check_nobody_noticed(story);
  check_slower_by(story, 60ms);
  check_recovered_within(story, 2s);
}

TEST_CASE("FM-16 replies are garbled and cut", "[fault]") {
  Stage stage;
  const auto garble = [&] {
    stage.link().apply("flip 20000 down");
    stage.link().apply("cut 300000 down");
  };
  const Story story = play(stage, {"FM-16", "bits of replies flip, connections break", garble,
                                   [&] { stage.link().apply("clear"); }});
  check_nobody_noticed(story);
  check_recovered_within(story, 2s);
}

TEST_CASE("one command is forbidden to us", "[fault]") {
  for (const char* command : {"set", "publish", "xadd", "evalsha", "get"}) {
    Stage stage;
    const Story story =
        play(stage, {"ACL", std::string{"Redis forbids us "} + command,
                     [&] {
                       stage.redis().ask({"ACL", "SETUSER", "default", std::string{"-"} + command});
                     },
                     [&] {
                       stage.redis().ask({"ACL", "SETUSER", "default", "+@all"});
                     }});
    check_nobody_noticed(story);
    check_recovered_within(story, 2s);
  }
}

}  // namespace wf::test
