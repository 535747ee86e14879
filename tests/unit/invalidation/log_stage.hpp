// Two proxies, as far as the purge log is concerned, and a real Redis.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "proxy/invalidation/log_follower.hpp"
#include "proxy/invalidation/purge_log.hpp"
#include "proxy/redis/client.hpp"
#include "proxy/redis/subscriber.hpp"
#include "tests/support/redis_calls.hpp"
#include "tests/unit/invalidation/keys.hpp"

namespace wf::invalidation::testing {

using net::Task;

constexpr Millis kWindow{3'600'000};
/// No test waits for it to end, but the one that says so.
constexpr Millis kLongLease{60'000};

/// What a proxy has for this.
struct Member {
  Member(test::Loop& loop, const test::RedisServer& server, std::string name, Millis length)
      : table(kWindow),
        fleet(clock),
        lease(true, Millis{0}),
        log(table, fleet, {true, "wf", std::move(name), kWindow, length}),
        follower({table, lease, fleet, identity, log.refetches()}, log.settings()),
        commands(loop.executor(), loop.deadlines(), test::patient_settings(server.address())),
        following(loop.executor(), loop.deadlines(), test::patient_settings(server.address())),
        hearing(loop.executor(), loop.deadlines(), test::patient_settings(server.address()),
                hear(log.reports())) {}

  static redis::Subscriber::Callbacks hear(Reports& reports) {
    redis::Subscriber::Callbacks callbacks;
    callbacks.on_message = [&reports](std::string_view, std::string_view payload) {
      reports.hear(payload);
    };
    return callbacks;
  }
  Task<void> begin() {
    commands.start();
    following.start();
    hearing.start();
    hearing.subscribe(log.settings().channel());
    CHECK(co_await commands.wait_up(test::kPatient));
    CHECK(co_await following.wait_up(test::kPatient));
  }
  Task<void> end() {
    ending = true;
    co_await hearing.stop();
    co_await commands.stop();
    co_await following.stop();
  }
  /// Expected to work.
  Task<void> catch_up() {
    const auto done = co_await follower.catch_up(commands);
    INFO((done ? std::string{} : to_string(done.error())));
    CHECK(done.has_value());
  }
  /// Until the end.
  Task<void> follow() {
    while (!ending) {
      Result<void> done = co_await follower.catch_up(following);
      if (done) done = co_await log.append_pending(following);
      if (done) done = co_await follower.await_news(following);
      if (done) continue;
      net::Notifier pause;
      co_await pause.wait(pause.epoch(), net::after(Millis{5}));
    }
  }
  Task<Receipt> purge(std::vector<Selector> selectors, Millis timeout, Wait wait = Wait::Fleet) {
    Purge what;
    what.selectors = std::move(selectors);
    what.wait = wait;
    Receipt receipt = co_await log.purge(&commands, std::move(what), timeout);
    co_return receipt;
  }
  [[nodiscard]] bool valid(const Stamp& as_of, std::string_view path) const {
    return table.valid(as_of, {key_of(path)});
  }
  [[nodiscard]] bool up() const { return commands.is_up() && following.is_up(); }

  FakeClock clock;
  PurgeTable table;
  FleetClock fleet;
  Lease lease;
  ServerIdentity identity{lease};
  PurgeLog log;
  LogFollower follower;
  redis::Client commands;
  redis::Connection following;
  redis::Subscriber hearing;
  bool ending = false;
};

struct Stage {
  explicit Stage(Millis lease) : a{loop, server, "A", lease}, b{loop, server, "B", lease} {}

  test::RedisServer server;
  test::Loop loop;
  Member a;
  Member b;
};

inline Task<void> whole(Stage& stage, Task<void> (*story)(Stage&)) {
  co_await stage.a.begin();
  co_await stage.b.begin();
  co_await story(stage);
  co_await stage.a.end();
  co_await stage.b.end();
}

inline void play(Task<void> (*story)(Stage&), Millis lease = kLongLease) {
  Stage stage{lease};
  stage.loop.run(whole(stage, story));
}

inline Task<void> both_catch_up(Stage& stage) {
  co_await stage.a.catch_up();
  co_await stage.b.catch_up();
}

/// The same, and as if Redis had been there for longer than a lease: purges do not have to wait for
/// proxies that it may have forgotten.
inline Task<void> both_settle(Stage& stage) {
  co_await both_catch_up(stage);
  stage.server.ask({"HDEL", "{wf}:nodes", "quiet"});
}

inline std::vector<Selector> one(std::string_view path) { return {uri(path)}; }
inline std::vector<Selector> one_tag(const std::string& tag) { return {"t " + tag}; }

}  // namespace wf::invalidation::testing
