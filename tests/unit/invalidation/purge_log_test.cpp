// Two proxies that follow one log in a real Redis.
#include <catch2/catch.hpp>

#include "proxy/invalidation/purge_log.hpp"
#include "proxy/redis/client.hpp"
#include "tests/support/redis_calls.hpp"
#include "tests/unit/invalidation/keys.hpp"

using namespace wf;
using namespace wf::invalidation;
using namespace wf::invalidation::testing;
using net::Task;

namespace {

constexpr Millis kBlock{100};
constexpr Millis kRetention{3'600'000};

PurgeLogSettings shared_log(Millis retention) {
  return {"{wf}:log", "{wf}:birth", retention, true};
}

/// What a proxy has for this.
struct Proxy {
  Proxy(test::Loop& loop, const test::RedisServer& server, Millis retention = kRetention)
      : table(retention),
        fleet(clock),
        log(table, fleet, shared_log(retention)),
        commands(loop.executor(), loop.deadlines(), test::patient_settings(server.address())),
        following(loop.executor(), loop.deadlines(), test::patient_settings(server.address())) {}

  Task<void> begin() {
    commands.start();
    following.start();
    CHECK(co_await commands.wait_up(test::kPatient));
    CHECK(co_await following.wait_up(test::kPatient));
  }
  Task<void> end() {
    ending = true;
    co_await commands.stop();
    co_await following.stop();
  }
  /// One turn, expected to work.
  Task<void> turn() {
    const auto done = co_await log.follow_once(following, Millis{1});
    INFO((done ? std::string{} : to_string(done.error())));
    CHECK(done.has_value());
  }
  [[nodiscard]] bool valid(const Stamp& as_of, std::string_view path) const {
    return table.valid(as_of, key_of(path));
  }

  FakeClock clock;
  PurgeTable table;
  FleetClock fleet;
  PurgeLog log;
  redis::Client commands;
  redis::Client following;
  bool ending = false;
};

Task<void> follow(Proxy& proxy) {
  while (!proxy.ending) {
    const auto done = co_await proxy.log.follow_once(proxy.following, kBlock);
    if (done) continue;
    net::Notifier pause;
    co_await pause.wait(pause.epoch(), net::after(Millis{5}));
  }
}

/// Redis, proxies A and B.
struct Stage {
  test::RedisServer server;
  test::Loop loop;
  Proxy a{loop, server};
  Proxy b{loop, server};
};

Task<void> whole(Stage& stage, Task<void> (*story)(Stage&)) {
  co_await stage.a.begin();
  co_await stage.b.begin();
  co_await story(stage);
  co_await stage.a.end();
  co_await stage.b.end();
}

void play(Task<void> (*story)(Stage&)) {
  Stage stage;
  stage.loop.run(whole(stage, story));
}

std::vector<Selector> one(std::string_view path) { return {uri(path)}; }

Task<Receipt::State> purge(Proxy& proxy, std::vector<Selector> selectors) {
  Purge what;
  what.selectors = std::move(selectors);
  const Receipt receipt =
      co_await proxy.log.purge(&proxy.commands, std::move(what), test::kPatient);
  co_return receipt.state;
}

Task<void> both_follow(Stage& stage) {
  co_await stage.a.turn();
  co_await stage.b.turn();
}

Task<void> a_purge_reaches_both(Stage& stage) {
  co_await both_follow(stage);
  const Stamp before = stage.a.table.position();
  CHECK(before.birth.value != 0);
  CHECK(stage.b.table.position() == before);
  stage.loop.tasks().spawn(follow(stage.a));
  const auto done = co_await purge(stage.a, one("/x"));
  CHECK(done == Receipt::State::Accepted);
  // It has returned: its own echo has been applied, and a fill that begins now is valid.
  const Stamp after = stage.a.table.position();
  CHECK(after.sequence > before.sequence);
  CHECK_FALSE(stage.a.valid(before, "/x"));
  CHECK(stage.a.valid(after, "/x"));
  CHECK(stage.a.valid(before, "/y"));

  CHECK(stage.b.valid(before, "/x"));
  co_await stage.b.turn();
  CHECK_FALSE(stage.b.valid(before, "/x"));
  CHECK(stage.b.table.position() == after);
  stage.a.ending = true;
}

Task<void> a_long_log_is_read_to_its_end(Stage& stage) {
  co_await stage.a.turn();
  const Stamp before = stage.a.table.position();
  for (int i = 0; i < 2500; ++i) {
    stage.server.ask({"XADD", "{wf}:log", "*", "s", uri("/" + std::to_string(i))});
  }
  co_await stage.a.turn();
  CHECK_FALSE(stage.a.valid(before, "/2499"));
  co_await stage.b.turn();
  CHECK_FALSE(stage.b.valid(before, "/0"));
  CHECK_FALSE(stage.b.valid(before, "/2499"));
  CHECK(stage.b.table.position() == stage.a.table.position());
}

Task<void> a_trimmed_log(Stage& stage) {
  co_await both_follow(stage);
  const Stamp before = stage.b.table.position();
  for (int i = 0; i < 3; ++i) stage.server.ask({"XADD", "{wf}:log", "*", "s", uri("/x")});
  stage.server.ask({"XTRIM", "{wf}:log", "MAXLEN", "1"});
  co_await stage.b.turn();
  // Whatever was purged in between is unknown.
  CHECK_FALSE(stage.b.valid(before, "/y"));
  CHECK(stage.b.valid(stage.b.table.position(), "/y"));
  CHECK(stage.b.table.position().birth == before.birth);
}

Task<void> a_lost_key(Stage& stage, std::string name) {
  co_await both_follow(stage);
  const Stamp before = stage.a.table.position();
  stage.server.ask({"DEL", name});
  co_await both_follow(stage);
  CHECK(stage.a.table.position().birth != before.birth);
  CHECK(stage.b.table.position() == stage.a.table.position());
  CHECK_FALSE(stage.a.valid(before, "/y"));
  CHECK(stage.a.valid(stage.a.table.position(), "/y"));
}

Task<void> a_lost_log(Stage& stage) { return a_lost_key(stage, "{wf}:log"); }
Task<void> a_lost_birth(Stage& stage) { return a_lost_key(stage, "{wf}:birth"); }

Task<void> a_flushed_redis_under_a_purge(Stage& stage) {
  co_await both_follow(stage);
  const Stamp before = stage.a.table.position();
  stage.server.ask({"FLUSHALL"});
  stage.loop.tasks().spawn(follow(stage.a));
  const auto done = co_await purge(stage.a, one("/x"));
  CHECK(done == Receipt::State::Accepted);
  co_await stage.b.turn();
  CHECK_FALSE(stage.b.valid(before, "/x"));
  CHECK_FALSE(stage.b.valid(before, "/y"));
  CHECK(stage.b.table.position().birth != before.birth);
  stage.a.ending = true;
}

struct Up {
  Proxy* proxy;
  bool operator()() const { return proxy->commands.is_up() && proxy->following.is_up(); }
};

Task<void> pending_while_redis_is_gone(Stage& stage) {
  co_await both_follow(stage);
  const Stamp before = stage.a.table.position();
  stage.server.kill();
  const auto failed = co_await stage.a.log.follow_once(stage.a.following, Millis{1});
  CHECK_FALSE(failed);
  // More than one script can append at once, each twice.
  std::vector<Selector> many;
  for (int i = 0; i < 6000; ++i) many.push_back(uri("/" + std::to_string(i)));
  for (int i = 0; i < 2; ++i) {
    const auto done = co_await purge(stage.a, many);
    CHECK(done == Receipt::State::Pending);
  }
  CHECK(stage.a.log.pending() == many.size());
  CHECK_FALSE(stage.a.valid(before, "/7"));
  CHECK(stage.a.valid(before, "/other"));

  stage.server.restart();
  const bool a_up = co_await test::eventually(stage.loop, Up{&stage.a});
  const bool b_up = co_await test::eventually(stage.loop, Up{&stage.b});
  REQUIRE(a_up);
  REQUIRE(b_up);
  co_await stage.b.turn();
  const Stamp again = stage.b.table.position();
  CHECK(stage.b.valid(again, "/7"));
  co_await both_follow(stage);
  CHECK(stage.a.log.pending() == 0);
  CHECK_FALSE(stage.b.valid(again, "/7"));
  CHECK_FALSE(stage.b.valid(again, "/5999"));
  CHECK(stage.a.valid(stage.a.table.position(), "/7"));
}

Task<void> clocks_agree(Stage& stage) {
  const auto before = std::chrono::system_clock::now() - Millis{1000};
  co_await both_follow(stage);
  const auto after = std::chrono::system_clock::now() + Millis{1000};
  // The fake clocks begin years ago.
  CHECK(stage.a.fleet.now() > before);
  CHECK(stage.a.fleet.now() < after);
}

Task<void> silence_is_counted(Stage& stage) {
  co_await stage.a.turn();
  net::Notifier pause;
  co_await pause.wait(pause.epoch(), net::after(Millis{50}));
  // A link dies in real time, so no fake clock is asked.
  const Millis grown = stage.a.log.silence();
  CHECK(grown >= Millis{50});
  co_await stage.a.turn();
  CHECK(stage.a.log.silence() < grown);
}

Task<void> purge_alone() {
  FakeClock clock;
  FleetClock fleet{clock};
  PurgeTable table{kRetention};
  PurgeLog log{table, fleet, {"", "", kRetention, false}};
  const Stamp before = table.position();
  Purge what;
  what.selectors = one("/x");
  const Receipt receipt = co_await log.purge(nullptr, std::move(what), Millis{0});
  CHECK(receipt.state == Receipt::State::Local);
  CHECK_FALSE(table.valid(before, key_of("/x")));
  CHECK(log.silence() == Millis{0});
}

}  // namespace

TEST_CASE("a purge reaches every proxy, and is applied at home when it returns") {
  play(&a_purge_reaches_both);
}
TEST_CASE("a long log is read to its end before it counts as followed") {
  play(&a_long_log_is_read_to_its_end);
}
TEST_CASE("a log trimmed past our position makes older records invalid") { play(&a_trimmed_log); }
TEST_CASE("a lost log means a new birth") { play(&a_lost_log); }
TEST_CASE("a lost birth means a new birth") { play(&a_lost_birth); }
TEST_CASE("a purge after Redis was flushed begins a new birth") {
  play(&a_flushed_redis_under_a_purge);
}
TEST_CASE("purges are pending while Redis is gone, and appended when it is back") {
  play(&pending_while_redis_is_gone);
}
TEST_CASE("attaching sets the fleet's clock by that of Redis") { play(&clocks_agree); }
TEST_CASE("silence counts from the last time the log was followed") { play(&silence_is_counted); }
TEST_CASE("without Redis a purge is in force at once") {
  test::Loop loop;
  loop.run(purge_alone());
}
