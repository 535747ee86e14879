// The breaker before a connection, and scripts.
#include "proxy/redis/client.hpp"

#include <catch2/catch.hpp>

#include "proxy/redis/script.hpp"
#include "tests/support/callers.hpp"
#include "tests/support/fake_redis.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/redis_settings.hpp"

using namespace wf;
using namespace wf::redis;
using namespace wf::test;
using namespace std::chrono_literals;
using net::Task;

namespace {

Task<void> timeouts_open(Loop& loop) {
  FakeRedis fake{loop.executor()};
  Settings settings = unwatched_settings(fake.address());
  settings.timeout = 10ms;
  settings.breaker.probe_after = 60'000ms;
  Client client{loop.executor(), loop.deadlines(), settings};
  client.start();
  (void)co_await client.wait_up(kPatient);
  fake.script([](const Words&) { return hang(); });
  for (int i = 0; i < 5; ++i) {
    const Result<void> slow = co_await echo(client, "x");
    CHECK(slow.error().code == ErrorCode::Timeout);
  }
  CHECK(client.counters().breaker == Breaker::State::Open);
  const Result<void> refused = co_await echo(client, "x");
  CHECK(refused.error().code == ErrorCode::Unavailable);
  CHECK(refused.error().retry == Retry::Safe);
  CHECK(fake.seen_of("ECHO") == 5);
  CHECK(client.counters().sent == 5);
  CHECK(client.counters().timeouts == 5);
  CHECK(client.counters().unavailable == 1);
  co_await client.stop();
  co_await fake.stop();
}

Task<void> a_probe_closes(Loop& loop) {
  FakeRedis fake{loop.executor()};
  Settings settings = unwatched_settings(fake.address());
  settings.breaker.probe_after = 0ms;
  Client client{loop.executor(), loop.deadlines(), settings};
  client.start();
  (void)co_await client.wait_up(kPatient);
  fake.script([](const Words&) { return say_error("BUSY Redis is busy running a script."); });
  const Result<void> busy = co_await echo(client, "x");
  CHECK(is_rejection(busy.error(), "BUSY"));
  CHECK(client.counters().breaker == Breaker::State::Open);
  fake.script(&FakeRedis::ordinary);
  const Result<void> probe = co_await echo(client, "x");
  CHECK(probe);
  CHECK(client.counters().breaker == Breaker::State::Closed);
  CHECK(client.counters().rejected == 1);
  CHECK(client.counters().ok == 1);
  co_await client.stop();
  co_await fake.stop();
}

Task<void> other_rejections_do_not_open(Loop& loop) {
  FakeRedis fake{loop.executor()};
  Client client{loop.executor(), loop.deadlines(), unwatched_settings(fake.address())};
  client.start();
  (void)co_await client.wait_up(kPatient);
  fake.script([](const Words&) { return say_error("OOM command not allowed"); });
  for (int i = 0; i < 10; ++i) {
    const Result<void> refused = co_await echo(client, "x");
    CHECK(is_rejection(refused.error(), "OOM"));
  }
  CHECK(client.counters().breaker == Breaker::State::Closed);
  CHECK(fake.accepted() == 1);
  co_await client.stop();
  co_await fake.stop();
}

Task<void> a_loss_opens(Loop& loop) {
  FakeRedis fake{loop.executor()};
  Settings settings = unwatched_settings(fake.address());
  settings.breaker.probe_after = 60'000ms;
  Flag lost{loop.executor()};
  Hooks hooks;
  hooks.on_link = [&lost](Link link, const Error*) {
    if (link == Link::Down) lost.set();
  };
  Client client{loop.executor(), loop.deadlines(), settings, hooks};
  client.start();
  (void)co_await client.wait_up(kPatient);
  fake.drop_all();
  co_await lost.wait();
  CHECK(client.counters().breaker == Breaker::State::Open);
  const bool up = co_await client.wait_up(kPatient);
  CHECK(up);
  // A new connection that was greeted is proof enough; nobody waits for the next probe.
  CHECK(client.counters().breaker == Breaker::State::Closed);
  const Result<void> fine = co_await echo(client, "x");
  CHECK(fine);
  co_await client.stop();
  co_await fake.stop();
}

Task<void> unknown_script(Loop& loop) {
  FakeRedis fake{loop.executor()};
  fake.script([](const Words& words) {
    if (words.at(0) == "EVALSHA") return say_error("NOSCRIPT No matching script.");
    if (words.at(0) == "EVAL") return say_bulk("done");
    return FakeRedis::ordinary(words);
  });
  Client client{loop.executor(), loop.deadlines(), unwatched_settings(fake.address())};
  client.start();
  (void)co_await client.wait_up(kPatient);
  const Script script{"return 1"};
  const std::array<std::string_view, 2> keys{"k1", "k2"};
  const std::array<std::string_view, 1> args{"a"};
  const Result<Reply> reply = co_await eval(client, script, keys, args);
  CHECK(reply->text() == "done");
  const std::vector<Words> expected{{"EVALSHA", script.digest(), "2", "k1", "k2", "a"},
                                    {"EVAL", "return 1", "2", "k1", "k2", "a"}};
  CHECK(std::vector<Words>(fake.seen().end() - 2, fake.seen().end()) == expected);

  fake.script([](const Words&) { return say_error("NOSCRIPT even so"); });
  const Result<Reply> never = co_await eval(client, script, {}, {});
  CHECK(is_rejection(never.error(), "NOSCRIPT"));
  CHECK(fake.seen_of("EVAL") == 2);
  co_await client.stop();
  co_await fake.stop();
}

}  // namespace

TEST_CASE("five timeouts open the breaker, and then nothing is sent", "[FM-02]") {
  Loop loop;
  loop.run(timeouts_open(loop));
}

TEST_CASE("a server that says it cannot serve opens it, a probe closes it", "[FM-14]") {
  Loop loop;
  loop.run(a_probe_closes(loop));
}

TEST_CASE("an error that is about the command alone does not open it", "[FM-05]") {
  Loop loop;
  loop.run(other_rejections_do_not_open(loop));
}

TEST_CASE("a lost connection opens it, a new one closes it", "[FM-01]") {
  Loop loop;
  loop.run(a_loss_opens(loop));
}

TEST_CASE("a script that the server does not know is sent once in full", "[FM-13]") {
  Loop loop;
  loop.run(unknown_script(loop));
}

TEST_CASE("a script's digest is the one that Redis reckons") {
  CHECK(Script{"return 1"}.digest() == "e0e1f9fabfc9d4800c877a703b823ac0578ff8db");
}
