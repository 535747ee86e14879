// The fleet lock as a fill uses it, over a real Redis: A and B are fills of two proxies.
#include <catch2/catch.hpp>

#include "proxy/cache/fleet_lock.hpp"
#include "proxy/cache/record_codec.hpp"
#include "tests/unit/cache/redis_stage.hpp"

using namespace wf;
using namespace wf::cache;
using namespace wf::cache::testing;
using net::Task;
using Got = FleetLock::Got;

namespace {

constexpr net::milliseconds kLong{20'000};
constexpr net::milliseconds kShort{200};
const Stamp kOld{{7}, {1'700'000'000'000, 0}};
const Stamp kNew{{7}, {1'700'000'000'000, 9}};

struct Fleet {
  explicit Fleet(Stage& at) : stage(at) {}
  [[nodiscard]] FleetLock::Environment with(net::milliseconds lease, net::milliseconds wait) {
    return {stage.store, wakes, stage.loop.tasks(), lease, wait};
  }
  Stage& stage;
  WakeBoard wakes;
};

bool useful(const Stamp&) { return true; }
bool overtaken(const Stamp& as_of) { return as_of == kNew; }

Task<void> take(FleetLock& lock, std::optional<Got>& got) {
  const std::function<bool(const Stamp&)> any = useful;
  got = co_await lock.take(kNothing, any);
}

Task<void> pause(net::milliseconds time) {
  net::Notifier never;
  co_await never.wait(never.epoch(), net::after(time));
}

/// Polls for what happens in Redis by itself.
template <class Condition>
Task<bool> eventually(Condition happened) {
  const auto until = net::after(kLong);
  while (!happened()) {
    if (timer_now() > until) co_return false;
    co_await pause(net::milliseconds{2});
  }
  co_return true;
}

bool locked(Stage& stage) { return stage.exists(stage.keys.lock(kSlot)); }

Task<void> the_second_finds_what_the_first_stored(Stage& stage) {
  Fleet fleet{stage};
  FleetLock a{fleet.with(kLong, kLong), kSlot, kOld};
  FleetLock b{fleet.with(kLong, kLong), kSlot, kOld};
  std::optional<Got> got_a;
  co_await take(a, got_a);
  CHECK(got_a == Got::Lock);
  CHECK(a.held());
  std::optional<Got> got_b;
  stage.loop.tasks().spawn(take(b, got_b));
  const auto waiting = [&stage] { return stage.exists(stage.keys.waiting(kSlot)); };
  CHECK(co_await eventually(waiting));
  CHECK_FALSE(got_b);
  const auto stored = co_await a.store(keep(entity("key", 3)));
  CHECK(stored.value() == StoreReply::Stored);
  CHECK_FALSE(a.held());
  fleet.wakes.wake(to_string(kSlot));
  const auto told = [&got_b] { return got_b.has_value(); };
  CHECK(co_await eventually(told));
  CHECK(got_b == Got::Record);
  CHECK_FALSE(b.held());
  const auto again = co_await a.store(keep(entity("key", 4)));
  CHECK(again.value() == StoreReply::TokenLost);
}

Task<void> renewed_beyond_its_lease(Stage& stage) {
  Fleet fleet{stage};
  {
    FleetLock a{fleet.with(kShort, kLong), kSlot, kOld};
    std::optional<Got> got;
    co_await take(a, got);
    // Redis counts its leases in the store's settings; a short one shows who renews it.
    stage.ask({"PEXPIRE", stage.keys.lock(kSlot), "150"});
    const auto renewed = [&stage] { return stage.ms_to_live(stage.keys.lock(kSlot)) > 1000; };
    CHECK(co_await eventually(renewed));
    CHECK(a.held());
    stage.ask({"DEL", stage.keys.lock(kSlot)});
    const auto noticed = [&a] { return !a.held(); };
    CHECK(co_await eventually(noticed));
  }
  co_await stage.loop.tasks().join();
}

Task<void> released_on_destruction(Stage& stage) {
  Fleet fleet{stage};
  {
    FleetLock a{fleet.with(kLong, kLong), kSlot, kOld};
    std::optional<Got> got;
    co_await take(a, got);
    CHECK(locked(stage));
  }
  // Neither the release nor the renewal outlives it for long: `join` would hang otherwise.
  co_await stage.loop.tasks().join();
  CHECK_FALSE(locked(stage));
}

Task<void> a_holder_overtaken_by_a_purge(Stage& stage) {
  Fleet fleet{stage};
  FleetLock a{fleet.with(kLong, kLong), kSlot, kOld};
  FleetLock b{fleet.with(kLong, kLong), kSlot, kNew};
  std::optional<Got> got;
  co_await take(a, got);
  const std::function<bool(const Stamp&)> newer = overtaken;
  const Got taken = co_await b.take(kNothing, newer);
  CHECK(taken == Got::Lock);
  const auto late = co_await a.store(keep(entity("key", 1)));
  CHECK(late.value() == StoreReply::TokenLost);
  const auto stored = co_await b.store(keep(entity("key", 2)));
  CHECK(stored.value() == StoreReply::Stored);
}

Task<void> the_wait_has_an_end(Stage& stage) {
  Fleet fleet{stage};
  FleetLock a{fleet.with(kLong, kLong), kSlot, kOld};
  FleetLock b{fleet.with(kLong, net::milliseconds{30}), kSlot, kOld};
  std::optional<Got> got;
  co_await take(a, got);
  std::optional<Got> none;
  co_await take(b, none);
  CHECK(none == Got::Nothing);
  CHECK(a.held());
  co_await a.release();
  CHECK_FALSE(locked(stage));
  co_await a.release();
  co_await stage.loop.tasks().join();
}

Task<void> a_dead_holder_is_replaced(Stage& stage) {
  Fleet fleet{stage};
  const auto held = co_await stage.store.acquire(kSlot, kMine, kNothing);
  CHECK(held->state == AcquireReply::State::Acquired);
  stage.ask({"PEXPIRE", stage.keys.lock(kSlot), "60"});
  FleetLock b{fleet.with(kLong, kLong), kSlot, kOld};
  std::optional<Got> got;
  co_await take(b, got);
  CHECK(got == Got::Lock);
}

Task<void> an_answer_that_nobody_waited_for(Stage& stage) {
  redis::Settings hasty = stage.settings();
  hasty.timeout = redis::milliseconds{50};
  redis::Client client{stage.loop.executor(), stage.loop.deadlines(), hasty};
  client.start();
  CHECK(co_await client.wait_up(kLong));
  {
    RedisStore store{client, stage.keys, {Millis{kLong}, Millis{5000}, kMaxValue}};
    WakeBoard wakes;
    FleetLock a{{store, wakes, stage.loop.tasks(), kLong, kLong}, kSlot, kOld};
    std::optional<Got> got;
    // Redis knows both scripts already, so that one command does it.
    co_await take(a, got);
    co_await a.release();
    stage.ask({"CONFIG", "RESETSTAT"});
    stage.server.freeze();
    co_await take(a, got);
    CHECK(got == Got::Nothing);
    // Redis gives the lock now, and hears next that nobody wants it.
    stage.server.thaw();
    const auto heard = [&stage] {
      const redis::Reply stats = stage.ask({"INFO", "commandstats"});
      const auto both = stats.text().find("cmdstat_evalsha:calls=2");
      return both != std::string_view::npos && !locked(stage);
    };
    CHECK(co_await eventually(heard));
  }
  co_await stage.loop.tasks().join();
  co_await client.stop();
}

Task<void> a_slot_that_is_moving(Stage& stage) {
  Fleet fleet{stage};
  FleetLock a{fleet.with(kLong, kLong), kSlot, kOld};
  // As a Cluster says while the keys of a script are on their way.
  stage.meddler.refuse("EVALSHA", "TRYAGAIN Multiple keys request during rehashing of slot", 3);
  std::optional<Got> got;
  co_await take(a, got);
  CHECK(got == Got::Lock);
  stage.meddler.refuse("EVALSHA", "TRYAGAIN Multiple keys request during rehashing of slot", 2);
  const auto stored = co_await a.store(keep(entity("key", 1)));
  CHECK(stored.value() == StoreReply::Stored);
}

Task<void> without_redis(Stage& stage) {
  Fleet fleet{stage};
  FleetLock a{fleet.with(kShort, kLong), kSlot, kOld};
  FleetLock b{fleet.with(kShort, kLong), kSlot, kOld};
  std::optional<Got> got;
  co_await take(a, got);
  stage.server.kill();
  std::optional<Got> none;
  co_await take(b, none);
  CHECK(none == Got::Nothing);
  CHECK_FALSE(b.held());
  const auto stored = co_await a.store(keep(entity("key", 1)));
  CHECK_FALSE(stored);
}

}  // namespace

TEST_CASE("the second waits for the first and finds its record") {
  play(&the_second_finds_what_the_first_stored);
}
TEST_CASE("a lease is renewed while it is held, and a lost lock is noticed") {
  play(&renewed_beyond_its_lease);
}
TEST_CASE("a lock that nobody released is released when it goes") {
  play(&released_on_destruction);
}
TEST_CASE("a holder whom a purge has overtaken loses the lock and cannot store") {
  play(&a_holder_overtaken_by_a_purge);
}
TEST_CASE("waiting for another proxy ends after lock_wait") { play(&the_wait_has_an_end); }
TEST_CASE("the lock of a proxy that died is taken when its lease ends") {
  play(&a_dead_holder_is_replaced);
}
TEST_CASE("a lock that was given too late is given back") {
  play(&an_answer_that_nobody_waited_for);
}
TEST_CASE("while a Cluster moves the slot, the lock is waited for") {
  play(&a_slot_that_is_moving);
}
TEST_CASE("without Redis there is no lock, and no wait") { play(&without_redis); }
