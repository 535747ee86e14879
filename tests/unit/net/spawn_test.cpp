// Coroutines that are counted, joined, and whose exceptions are not lost.
#include <catch2/catch.hpp>

#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "proxy/net/notifier.hpp"
#include "tests/support/loop.hpp"

using namespace wf;
using net::Task;

namespace {

struct Gate {
  net::Notifier opened;
  bool open = false;
  int passed = 0;
};

Task<void> pass(Gate& gate) {
  while (!gate.open) {
    const auto seen = gate.opened.epoch();
    co_await gate.opened.wait(seen, net::Notifier::TimePoint::max());
  }
  ++gate.passed;
}

Task<void> open(Gate& gate) {
  gate.open = true;
  gate.opened.notify_all();
  co_return;
}

Task<void> have_more_spawned(net::TaskGroup& group, Gate& gate) {
  co_await pass(gate);
  group.spawn(pass(gate));
}

Task<void> join_waits_for_all(test::Loop& loop) {
  net::TaskGroup group{loop.executor(), [](std::string_view) {}};
  Gate gate;
  co_await group.join();
  for (int i = 0; i < 3; ++i) group.spawn(pass(gate));
  group.spawn(have_more_spawned(group, gate));
  CHECK(group.running() == 4);
  loop.tasks().spawn(open(gate));
  co_await group.join();
  CHECK(group.running() == 0);
  CHECK(gate.passed == 5);
}

Task<void> fail() {
  throw std::runtime_error("broken");
  co_return;
}

Task<void> escapes_are_told(test::Loop& loop) {
  std::vector<std::string> told;
  net::TaskGroup group{loop.executor(), [&](std::string_view what) { told.emplace_back(what); }};
  Gate gate;
  gate.open = true;
  group.spawn(fail());
  group.spawn(pass(gate));
  co_await group.join();
  CHECK(told == std::vector<std::string>{"broken"});
  CHECK(gate.passed == 1);
}

Task<void> fail_until(int& tries, int enough) {
  if (++tries < enough) throw std::bad_alloc{};
  co_return;
}

Task<void> goes_on_when_memory_is_short(test::Loop& loop) {
  int told = 0;
  int tries = 0;
  net::TaskGroup group{loop.executor(), [&](std::string_view) { ++told; }};
  group.keep_up([&tries] { return fail_until(tries, 3); });
  CHECK(group.running() == 1);
  while (group.running() != 0) co_await group.ended();
  CHECK(tries == 3);
  CHECK(told == 2);
}

/// Ends in its first turn, without ever having waited.
Task<void> end_at_once() { co_return; }

Task<void> ends_in_any_order(test::Loop& loop) {
  net::TaskGroup group{loop.executor(), [](std::string_view) {}};
  for (int i = 0; i < 1000; ++i) group.spawn(end_at_once());
  co_await group.join();
  CHECK(group.running() == 0);
}

}  // namespace

TEST_CASE("what is to be kept up goes on when memory was short") {
  test::Loop loop;
  loop.run(goes_on_when_memory_is_short(loop));
}

TEST_CASE("a task may end in its first turn") {
  test::Loop loop;
  loop.run(ends_in_any_order(loop));
}

TEST_CASE("join returns when all have ended, those that were spawned meanwhile among them") {
  test::Loop loop;
  loop.run(join_waits_for_all(loop));
}

TEST_CASE("an escaped exception is told and ends only its own task") {
  test::Loop loop;
  loop.run(escapes_are_told(loop));
}
