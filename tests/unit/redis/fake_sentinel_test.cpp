// Sentinel's words followed, by fakes that say what the test wants.
#include <catch2/catch.hpp>

#include "proxy/redis/client.hpp"
#include "proxy/redis/sentinel_locator.hpp"
#include "tests/support/fake_redis.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/redis_calls.hpp"

using namespace wf;
using namespace wf::redis;
using namespace wf::test;
using net::Task;

namespace {

std::string bulk(std::string_view text) {
  return "$" + std::to_string(text.size()) + "\r\n" + std::string{text} + "\r\n";
}

/// Two Sentinels, of which the first knows nothing, and two servers.
struct Stage {
  explicit Stage(Loop& on)
      : ignorant(on.executor()),
        sentinel(on.executor()),
        a(on.executor()),
        b(on.executor()),
        client(on.executor(), on.deadlines(), settings(), hooks(on)) {
    ignorant.script([](const Words& words) {
      if (words.at(0) == "SENTINEL") return say("*-1\r\n");
      return ordinary(words);
    });
    sentinel.script([this](const Words& words) {
      if (words.at(0) != "SENTINEL") return ordinary(words);
      return say("*2\r\n" + bulk("127.0.0.1") + bulk(std::to_string(named->address().port)));
    });
    is(a, "master");
    is(b, "slave");
  }

  static Answer ordinary(const Words& words) {
    if (words.at(0) != "SUBSCRIBE") return FakeRedis::ordinary(words);
    return say("*3\r\n" + bulk("subscribe") + bulk(words.at(1)) + ":1\r\n");
  }
  static Settings settings() {
    Settings settings = unwatched_settings({});
    settings.role = Role::Master;
    return settings;
  }
  Hooks hooks(Loop& loop) const {
    SentinelSettings settings;
    settings.addresses = {ignorant.address(), sentinel.address()};
    settings.master = "m";
    settings.connection = unwatched_settings({});
    Hooks hooks;
    hooks.locator =
        std::make_shared<SentinelLocator>(loop.executor(), loop.deadlines(), std::move(settings));
    return hooks;
  }
  static void is(FakeRedis& server, std::string role) {
    server.script([role = std::move(role)](const Words& words) {
      if (words.at(0) == "ROLE") return say("*1\r\n" + bulk(role));
      return FakeRedis::ordinary(words);
    });
  }
  [[nodiscard]] Task<void> end() {
    co_await client.stop();
    for (FakeRedis* fake : {&ignorant, &sentinel, &a, &b}) co_await fake->stop();
  }

  FakeRedis ignorant;
  FakeRedis sentinel;
  FakeRedis a;
  FakeRedis b;
  FakeRedis* named = &a;
  Client client;
};

Task<void> finds_the_master(Loop& loop) {
  Stage stage{loop};
  stage.client.start();
  const bool up = co_await stage.client.wait_up(kPatient);
  CHECK(up);
  const Result<Reply> reply = co_await ask(stage.client, "ECHO", "x");
  CHECK(reply->text() == "x");
  CHECK(stage.a.seen_of("ECHO") == 1);
  co_await stage.end();
}

Task<void> follows_a_switch(Loop& loop) {
  Stage stage{loop};
  stage.client.start();
  (void)co_await stage.client.wait_up(kPatient);
  const auto is_watched = [&] {
    return stage.ignorant.seen_of("SUBSCRIBE") + stage.sentinel.seen_of("SUBSCRIBE") != 0;
  };
  const bool watched = co_await eventually(loop, is_watched);
  CHECK(watched);
  // The old master says nothing; its connection stays as it is.
  stage.a.script([](const Words&) { return hang(); });
  stage.named = &stage.b;
  Stage::is(stage.b, "master");
  const std::string payload = "m 127.0.0.1 " + std::to_string(stage.a.address().port) +
                              " 127.0.0.1 " + std::to_string(stage.b.address().port);
  const std::string news = "*3\r\n" + bulk("message") + bulk("+switch-master") + bulk(payload);
  const auto has_moved = [&, sent = false]() mutable {
    // Whichever Sentinel is watched; a push to a connection that asks would break it.
    FakeRedis& at = stage.ignorant.seen_of("SUBSCRIBE") != 0 ? stage.ignorant : stage.sentinel;
    if (!std::exchange(sent, true)) at.push(news);
    return stage.b.seen_of("ROLE") == 1 && stage.client.is_up();
  };
  const bool moved = co_await eventually(loop, has_moved);
  CHECK(moved);
  const Result<Reply> reply = co_await ask(stage.client, "ECHO", "x");
  CHECK(reply->text() == "x");
  CHECK(stage.b.seen_of("ECHO") == 1);
  co_await stage.end();
}

Task<void> asks_again_after_readonly(Loop& loop) {
  Stage stage{loop};
  stage.client.start();
  (void)co_await stage.client.wait_up(kPatient);
  Stage::is(stage.b, "master");
  stage.named = &stage.b;
  stage.a.script([](const Words&) { return say_error("READONLY You can't write"); });
  const Result<Reply> refused = co_await ask(stage.client, "ECHO", "x");
  CHECK(refused.error().code == ErrorCode::Rejected);
  const auto has_up = [&] { return stage.b.seen_of("ROLE") == 1; };
  const bool up = co_await eventually(loop, has_up);
  CHECK(up);
  co_await stage.end();
}

Task<void> refuses_a_replica(Loop& loop) {
  Stage stage{loop};
  stage.named = &stage.b;
  stage.client.start();
  const auto has_asked = [&] { return stage.b.seen_of("ROLE") >= 2; };
  const bool asked = co_await eventually(loop, has_asked);
  CHECK(asked);
  CHECK_FALSE(stage.client.is_up());
  stage.named = &stage.a;
  const bool up = co_await stage.client.wait_up(kPatient);
  CHECK(up);
  co_await stage.end();
}

}  // namespace

TEST_CASE("the master is found though one Sentinel does not know it", "[FM-06]") {
  Loop loop;
  loop.run(finds_the_master(loop));
}

TEST_CASE("+switch-master leads to the new master while the old one hangs", "[FM-06]") {
  Loop loop;
  loop.run(follows_a_switch(loop));
}

TEST_CASE("READONLY has Sentinel asked again", "[FM-06]") {
  Loop loop;
  loop.run(asks_again_after_readonly(loop));
}

TEST_CASE("a server that is no master is not used, whatever Sentinel says", "[FM-06]") {
  Loop loop;
  loop.run(refuses_a_replica(loop));
}
