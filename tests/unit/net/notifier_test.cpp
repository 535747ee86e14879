// The event count: no wake-up is lost, whoever notifies.
#include <catch2/catch.hpp>

#include <atomic>

#include "proxy/net/notifier.hpp"
#include "tests/support/threads.hpp"

using namespace wf;
using net::Notifier;
using net::Task;

namespace {

constexpr unsigned kTurns = 5000;

/// A number that two threads move by turns; each waits for the other's move.
struct Rally {
  std::atomic<unsigned> ball{0};
  Notifier moved;
};

/// Moves the ball whenever it is even, or odd. There is no deadline that could cover a loss.
Task<void> play(Rally& rally, unsigned parity) {
  while (rally.ball.load() < kTurns) {
    const auto seen = rally.moved.epoch();
    if (rally.ball.load() % 2 == parity) {
      rally.ball.fetch_add(1);
      rally.moved.notify_all();
      continue;
    }
    if (rally.ball.load() >= kTurns) break;
    co_await rally.moved.wait(seen, Notifier::TimePoint::max());
  }
}

/// Waits until the count is `goal`, in many short waits that race with the notifications.
Task<void> follow(Rally& rally, unsigned goal) {
  while (rally.ball.load() < goal) {
    const auto seen = rally.moved.epoch();
    if (rally.ball.load() >= goal) break;
    co_await rally.moved.wait(seen, Notifier::TimePoint::max());
  }
}

Task<void> push(Rally& rally, unsigned times) {
  for (unsigned i = 0; i < times; ++i) {
    rally.ball.fetch_add(1);
    rally.moved.notify_all();
  }
  co_return;
}

Task<void> follow_impatiently(Rally& rally, unsigned goal) {
  while (rally.ball.load() < goal) {
    const auto seen = rally.moved.epoch();
    if (rally.ball.load() >= goal) break;
    co_await rally.moved.wait(seen, net::after(std::chrono::milliseconds{0}));
  }
}

Task<void> be_late(Notifier& notifier) {
  const auto seen = notifier.epoch();
  notifier.notify_all();
  co_await notifier.wait(seen, Notifier::TimePoint::max());
}

Task<void> expire(Notifier& notifier) {
  const auto before = timer_now();
  const std::chrono::milliseconds delay{20};
  co_await notifier.wait(notifier.epoch(), net::after(delay));
  CHECK(timer_now() - before >= delay);
  CHECK_FALSE(notifier.has_waiters());
}

}  // namespace

TEST_CASE("two threads that wait for each other lose no wake-up") {
  Rally rally;
  test::Threads threads;
  for (const unsigned parity : {0U, 1U}) {
    threads.start([&rally, parity](test::Loop&) { return play(rally, parity); });
  }
  threads.join();
  CHECK(rally.ball.load() >= kTurns);
  CHECK_FALSE(rally.moved.has_waiters());
}

TEST_CASE("many waiters on several threads all hear of the last move") {
  Rally rally;
  constexpr unsigned kPushers = 2;
  test::Threads threads;
  for (unsigned i = 0; i < 2; ++i) {
    threads.start([&rally](test::Loop& loop) {
      for (int n = 0; n < 50; ++n) loop.tasks().spawn(follow(rally, kPushers * kTurns));
      return follow_impatiently(rally, kPushers * kTurns);
    });
  }
  for (unsigned i = 0; i < kPushers; ++i) {
    threads.start([&rally](test::Loop&) { return push(rally, kTurns); });
  }
  threads.join();
  CHECK_FALSE(rally.moved.has_waiters());
}

TEST_CASE("what was notified before the wait began is not waited for") {
  Notifier notifier;
  test::Loop loop;
  loop.run(be_late(notifier));
}

TEST_CASE("a wait ends at its deadline and leaves nothing behind") {
  Notifier notifier;
  test::Loop loop;
  loop.run(expire(notifier));
}
