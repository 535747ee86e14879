// The client against a real redis-server: bad days.
#include <chrono>
#include <filesystem>

#include <catch2/catch.hpp>

#include "proxy/redis/client.hpp"
#include "tests/support/callers.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/redis_calls.hpp"
#include "tests/support/redis_server.hpp"

using namespace wf;
using namespace wf::redis;
using namespace wf::test;
using namespace std::chrono_literals;
using net::Task;

namespace {

using Steady = std::chrono::steady_clock;

/// As configured by default; only connecting has more time, for slow machines.
Settings usual_settings(const RedisServer& server) {
  Settings settings = settings_for({}, Use::Commands, "wf-test");
  settings.address = server.address();
  settings.connect_timeout = 5s;
  return settings;
}

struct IsDown {
  const Client* client;
  bool operator()() const { return !client->is_up(); }
};

Task<void> killed_and_restarted(Loop& loop, RedisServer& server) {
  Client client{loop.executor(), loop.deadlines(), usual_settings(server)};
  client.start();
  (void)co_await client.wait_up(kPatient);
  server.kill();
  const bool noticed = co_await eventually(loop, IsDown{&client});
  CHECK(noticed);
  CHECK(client.counters().breaker == Breaker::State::Open);
  const auto asked = Steady::now();
  const Result<void> down = co_await echo(client, "x");
  CHECK(down.error().code == ErrorCode::Unavailable);
  CHECK(Steady::now() - asked < 50ms);  // not sent, so not waited for

  server.restart();
  const auto back = Steady::now();
  const bool up = co_await client.wait_up(kPatient);
  CHECK(up);
  CHECK(Steady::now() - back < 2s);
  const Result<Reply> fine = co_await ask(client, "SET", "k", "v");
  CHECK(fine);
  co_await client.stop();
}

Task<void> frozen_and_thawed(Loop& loop, RedisServer& server) {
  Client client{loop.executor(), loop.deadlines(), usual_settings(server)};
  client.start();
  (void)co_await client.wait_up(kPatient);
  server.freeze();
  int timeouts = 0;
  const auto frozen = Steady::now();
  while (client.counters().breaker == Breaker::State::Closed) {
    const Result<void> slow = co_await echo(client, "x");
    REQUIRE_FALSE(slow);
    ++timeouts;
  }
  CHECK(timeouts <= 5);
  CHECK(Steady::now() - frozen < 2s);
  const Result<void> refused = co_await echo(client, "x");
  CHECK(refused.error().code == ErrorCode::Unavailable);

  server.thaw();
  const bool up = co_await client.wait_up(kPatient);
  CHECK(up);
  bool answered = false;
  for (const auto thawed = Steady::now(); !answered && Steady::now() - thawed < 2s;) {
    const Result<void> echoed = co_await echo(client, "x");
    answered = echoed.has_value();
    const bool still_up = co_await client.wait_up(kPatient);
    CHECK(still_up);
  }
  CHECK(answered);
  co_await client.stop();
}

Task<void> out_of_memory(Loop& loop, const RedisServer& server) {
  Client client{loop.executor(), loop.deadlines(), patient_settings(server.address())};
  client.start();
  (void)co_await client.wait_up(kPatient);
  const Result<Reply> small = co_await ask(client, "SET", "small", "x");
  CHECK(small);
  server.ask({"CONFIG", "SET", "maxmemory", "1"});
  const Result<Reply> large = co_await ask(client, "SET", "large", std::string(100'000, 'x'));
  CHECK(is_rejection(large.error(), "OOM"));
  const Result<Reply> read = co_await ask(client, "GET", "small");
  CHECK(read->text() == "x");
  const Result<Reply> removed = co_await ask(client, "DEL", "small");
  CHECK(removed->integer() == 1);
  CHECK(client.counters().disconnects == 0);
  co_await client.stop();
}

Task<void> read_only(Loop& loop, const RedisServer& server) {
  Client client{loop.executor(), loop.deadlines(), patient_settings(server.address())};
  client.start();
  (void)co_await client.wait_up(kPatient);
  server.ask({"REPLICAOF", "127.0.0.1", "1"});
  const Result<Reply> refused = co_await ask(client, "SET", "k", "v");
  CHECK(is_rejection(refused.error(), "READONLY"));
  server.ask({"REPLICAOF", "NO", "ONE"});
  // The connection was given up: it might have led to the old master.
  const bool down = co_await eventually(loop, IsDown{&client});
  CHECK(down);
  const bool up = co_await client.wait_up(kPatient);
  CHECK(up);
  const Result<Reply> written = co_await ask(client, "SET", "k", "v");
  CHECK(written);
  CHECK(client.counters().connects == 2);
  co_await client.stop();
}

Task<void> too_large(Loop& loop, const RedisServer& server) {
  Settings settings = patient_settings(server.address());
  settings.replies.bulk = 1_MiB;
  Client client{loop.executor(), loop.deadlines(), settings};
  client.start();
  (void)co_await client.wait_up(kPatient);
  server.ask({"SETRANGE", "huge", "33554431", "x"});
  const Result<Reply> huge = co_await ask(client, "GET", "huge");
  CHECK(huge.error().code == ErrorCode::TooLarge);
  const bool up = co_await client.wait_up(kPatient);
  CHECK(up);
  const Result<void> fine = co_await echo(client, "x");
  CHECK(fine);
  co_await client.stop();
}

std::size_t open_files() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    (void)entry;
    ++count;
  }
  return count;
}

Task<void> flapping(Loop& loop, const RedisServer& server) {
  Client client{loop.executor(), loop.deadlines(), patient_settings(server.address())};
  client.start();
  (void)co_await client.wait_up(kPatient);
  const std::size_t files = open_files();
  for (int i = 0; i < 10; ++i) {
    server.ask({"CLIENT", "KILL", "TYPE", "normal"});
    const bool down = co_await eventually(loop, IsDown{&client});
    CHECK(down);
    const bool up = co_await client.wait_up(kPatient);
    CHECK(up);
    const Result<void> fine = co_await echo(client, "x");
    CHECK(fine);
  }
  CHECK(open_files() == files);
  CHECK(client.counters().connects == 11);
  co_await client.stop();
}

}  // namespace

TEST_CASE("killed: at once unavailable; restarted: back within two seconds", "[FM-01]") {
  RedisServer server;
  Loop loop;
  loop.run(killed_and_restarted(loop, server));
}

TEST_CASE("frozen: every call ends in time, then none is sent; thawed: it goes on", "[FM-02]") {
  RedisServer server;
  Loop loop;
  loop.run(frozen_and_thawed(loop, server));
}

TEST_CASE("full: writes are refused, the rest goes on", "[FM-05]") {
  const RedisServer server;
  Loop loop;
  loop.run(out_of_memory(loop, server));
}

TEST_CASE("read-only: the connection is made anew", "[FM-06]") {
  const RedisServer server;
  Loop loop;
  loop.run(read_only(loop, server));
}

TEST_CASE("a value above the limit is not read", "[FM-10]") {
  const RedisServer server;
  Loop loop;
  loop.run(too_large(loop, server));
}

TEST_CASE("many losses leave nothing behind", "[FM-18]") {
  const RedisServer server;
  Loop loop;
  loop.run(flapping(loop, server));
}
