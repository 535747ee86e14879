// Waits that take no memory.
#include <catch2/catch.hpp>

#include <chrono>

#include "proxy/net/alarm.hpp"
#include "tests/support/loop.hpp"

using namespace wf;
using net::Alarm;
using net::Task;

namespace {

constexpr auto kNever = Alarm::TimePoint::max();

Task<void> rings_at_its_time(test::Loop& loop) {
  Alarm alarm{loop.executor()};
  const auto until = timer_now() + std::chrono::milliseconds{20};
  co_await alarm.until(until);
  CHECK(timer_now() >= until);
  // Again and again with the same memory.
  for (int i = 0; i < 100; ++i) co_await alarm.until(timer_now());
}

Task<void> wait(Alarm& alarm, int& woken) {
  co_await alarm.until(kNever);
  ++woken;
  co_await alarm.until(kNever);
  ++woken;
}

Task<void> rings_when_told(test::Loop& loop) {
  Alarm alarm{loop.executor()};
  Alarm turn{loop.executor()};
  int woken = 0;
  alarm.ring();  // nobody waits: nothing is kept of it
  loop.tasks().spawn(wait(alarm, woken));
  co_await turn.until(timer_now());
  CHECK(woken == 0);
  for (int times = 1; times <= 2; ++times) {
    alarm.ring();
    CHECK(woken == times - 1);  // never from within
    while (woken < times) co_await turn.until(timer_now());
  }
}

void play(Task<void> (*story)(test::Loop&)) {
  test::Loop loop;
  loop.run(story(loop));
}

}  // namespace

TEST_CASE("an alarm rings at its time") { play(rings_at_its_time); }
TEST_CASE("an alarm rings when it is told to, from the loop") { play(rings_when_told); }
