// Deadlines: late by at most a tick, never early.
#include <catch2/catch.hpp>

#include <vector>

#include "proxy/net/notifier.hpp"
#include "tests/support/loop.hpp"

using namespace wf;
using namespace std::chrono_literals;

namespace {

struct Alarm final : net::Deadline {
  explicit Alarm(net::Notifier& to) : rung(to) {}
  void on_deadline() noexcept override {
    at = timer_now();
    ++times;
    if (unlink_self) unlink();
    rung.notify_all();
  }
  net::Notifier& rung;
  std::chrono::steady_clock::time_point at;
  int times = 0;
  bool unlink_self = false;
};

net::Task<void> until_rung(Alarm& alarm) {
  while (alarm.times == 0) {
    const auto seen = alarm.rung.epoch();
    co_await alarm.rung.wait(seen, net::Notifier::TimePoint::max());
  }
}

void spin(std::chrono::milliseconds time) {
  const auto until = timer_now() + time;
  while (timer_now() < until) {
  }
}

net::Task<void> rings_once_and_not_early(test::Loop& loop) {
  net::Notifier rung;
  Alarm alarm{rung};
  loop.deadlines().add(alarm);
  const auto from = timer_now();
  loop.deadlines().expire_in(alarm, 30ms);
  co_await until_rung(alarm);
  CHECK(alarm.at - from >= 30ms);
  co_await rung.wait(rung.epoch(), net::after(3 * net::DeadlineList::kTick));
  CHECK(alarm.times == 1);
}

net::Task<void> a_loop_that_was_held_up(test::Loop& loop) {
  net::Notifier rung;
  Alarm alarm{rung};
  loop.deadlines().add(alarm);
  // No tick has passed since: a deadline set now must not be reckoned from the last one.
  spin(4 * net::DeadlineList::kTick);
  const auto from = timer_now();
  loop.deadlines().expire_in(alarm, 50ms);
  co_await until_rung(alarm);
  CHECK(alarm.at - from >= 50ms);
}

net::Task<void> moved_and_put_off(test::Loop& loop) {
  net::Notifier rung;
  Alarm moved{rung};
  Alarm off{rung};
  loop.deadlines().add(moved);
  loop.deadlines().add(off);
  const auto from = timer_now();
  loop.deadlines().expire_in(off, 1ms);
  net::DeadlineList::never(off);
  loop.deadlines().expire_in(moved, 1ms);
  loop.deadlines().expire_in(moved, 60ms);
  co_await until_rung(moved);
  CHECK(moved.at - from >= 60ms);
  CHECK(off.times == 0);
}

net::Task<void> ends_everything(test::Loop& loop) {
  net::Notifier rung;
  Alarm first{rung};
  Alarm leaving{rung};
  Alarm last{rung};
  leaving.unlink_self = true;
  for (Alarm* alarm : std::vector<Alarm*>{&first, &leaving, &last}) loop.deadlines().add(*alarm);
  loop.deadlines().expire_all();
  loop.deadlines().expire_all();
  CHECK(first.times == 2);
  CHECK(leaving.times == 1);
  CHECK(last.times == 2);
  {
    Alarm gone{rung};
    loop.deadlines().add(gone);
  }
  loop.deadlines().expire_all();
  CHECK(last.times == 3);
  co_return;
}

void play(net::Task<void> (*story)(test::Loop&)) {
  test::Loop loop;
  loop.run(story(loop));
}

}  // namespace

TEST_CASE("a deadline rings once, and not before its time") { play(rings_once_and_not_early); }
TEST_CASE("a deadline set after a stall of the loop is not early") {
  play(a_loop_that_was_held_up);
}
TEST_CASE("a deadline can be moved and taken back") { play(moved_and_put_off); }
TEST_CASE("expire_all rings everything, and what unlinks itself meanwhile does no harm") {
  play(ends_everything);
}
