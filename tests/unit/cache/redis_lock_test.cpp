// Conversations about the fleet lock: A and B are two proxies that want the same slot.
#include <catch2/catch.hpp>
#include <source_location>

#include "proxy/cache/record_codec.hpp"
#include "proxy/redis/subscriber.hpp"
#include "tests/support/callers.hpp"
#include "tests/unit/cache/redis_stage.hpp"

using namespace wf;
using namespace wf::cache;
using namespace wf::cache::testing;
using net::Task;
using State = AcquireReply::State;

namespace {

const LockToken kA = token('a');
const LockToken kB = token('b');

Task<void> expect(Stage& stage, State state, LockToken mine, EntityId seen = kNothing,
                  std::source_location where = std::source_location::current()) {
  const auto reply = co_await stage.store.acquire(kSlot, mine, seen);
  INFO("line " << where.line());
  REQUIRE(reply);
  CHECK(reply->state == state);
}

Task<void> one_holder_at_a_time(Stage& stage) {
  co_await expect(stage, State::Acquired, kA);
  const auto second = co_await stage.store.acquire(kSlot, kB, kNothing);
  REQUIRE(second);
  CHECK(second->state == State::Held);
  CHECK(parse_lock_value(second->holder) == kA);

  const auto foreign = co_await stage.store.release(kSlot, kB);
  CHECK(foreign.value() == LockState::Lost);
  CHECK(stage.exists(stage.keys.lock(kSlot)));
  const auto own = co_await stage.store.release(kSlot, kA);
  CHECK(own.value() == LockState::Mine);
  co_await expect(stage, State::Acquired, kB);
}

Task<void> a_lock_lives_for_its_lease(Stage& stage) {
  const std::string lock = stage.keys.lock(kSlot);
  co_await expect(stage, State::Acquired, kA);
  CHECK(stage.ms_to_live(lock) > 0);
  CHECK(stage.ms_to_live(lock) <= 2000);
  stage.ask({"PEXPIRE", lock, "100000"});
  const auto renewed = co_await stage.store.renew(kSlot, kA);
  CHECK(renewed.value() == LockState::Mine);
  CHECK(stage.ms_to_live(lock) <= 2000);

  stage.ask({"DEL", lock});
  const auto gone = co_await stage.store.renew(kSlot, kA);
  CHECK(gone.value() == LockState::Lost);
  CHECK_FALSE(stage.exists(lock));
}

Task<void> a_holder_that_asks_again_renews(Stage& stage) {
  co_await expect(stage, State::Acquired, kA);
  stage.ask({"PEXPIRE", stage.keys.lock(kSlot), "100000"});
  co_await expect(stage, State::Acquired, kA);
  CHECK(stage.ms_to_live(stage.keys.lock(kSlot)) <= 2000);
}

Task<void> a_record_not_seen_before_spares_the_lock(Stage& stage) {
  const auto record = entity("key", 5);
  co_await expect(stage, State::Acquired, kA);
  const auto stored = co_await stage.store.store(kSlot, kA, keep(record));
  CHECK(stored.value() == StoreReply::Stored);
  co_await expect(stage, State::Found, kB);
  co_await expect(stage, State::Found, kB, entity("key", 6)->id);
  CHECK_FALSE(stage.exists(stage.keys.lock(kSlot)));
  co_await expect(stage, State::Acquired, kB, record->id);
}

Task<void> what_is_no_record_does_not_spare_the_lock(Stage& stage) {
  const std::string name = stage.keys.record(kSlot);
  stage.ask({"SET", name, std::string(200, 'x'), "PX", "60000"});
  co_await expect(stage, State::Acquired, kA);
  stage.ask({"DEL", stage.keys.lock(kSlot), name});
  stage.ask({"LPUSH", name, "x"});
  co_await expect(stage, State::Acquired, kA);
  stage.ask({"DEL", stage.keys.lock(kSlot), name});
  // Long enough to be refused by every reader, whatever it begins with.
  stage.ask({"SET", name, std::string{kRecordPrefix} + std::string(kMaxValue.count, 'x')});
  co_await expect(stage, State::Acquired, kA);
}

Task<void> a_lock_is_taken_from_the_holder_that_was_seen(Stage& stage) {
  co_await expect(stage, State::Acquired, kA);
  const auto wrong = co_await stage.store.take_over(kSlot, lock_value(token('c')), kB);
  CHECK(wrong.value() == LockState::Lost);
  const auto right = co_await stage.store.take_over(kSlot, lock_value(kA), kB);
  CHECK(right.value() == LockState::Mine);
  CHECK(stage.ms_to_live(stage.keys.lock(kSlot)) > 0);

  const auto late = co_await stage.store.store(kSlot, kA, keep(entity("key", 1)));
  CHECK(late.value() == StoreReply::TokenLost);
  CHECK_FALSE(stage.exists(stage.keys.record(kSlot)));
  const auto renewed = co_await stage.store.renew(kSlot, kA);
  CHECK(renewed.value() == LockState::Lost);
  const auto stored = co_await stage.store.store(kSlot, kB, keep(entity("key", 2)));
  CHECK(stored.value() == StoreReply::Stored);
}

Task<void> nobody_takes_a_free_lock_over(Stage& stage) {
  const auto taken = co_await stage.store.take_over(kSlot, lock_value(kA), kB);
  CHECK(taken.value() == LockState::Lost);
  CHECK_FALSE(stage.exists(stage.keys.lock(kSlot)));
}

Task<void> a_lock_of_a_wrong_type_is_no_lock(Stage& stage) {
  stage.ask({"LPUSH", stage.keys.lock(kSlot), "x"});
  co_await expect(stage, State::Acquired, kA);
  stage.ask({"DEL", stage.keys.lock(kSlot)});
  stage.ask({"LPUSH", stage.keys.lock(kSlot), "x"});
  const auto stored = co_await stage.store.store(kSlot, kA, keep(entity("key", 1)));
  CHECK(stored.value() == StoreReply::TokenLost);
}

Task<void> scripts_survive_being_forgotten(Stage& stage) {
  for (int round = 0; round < 2; ++round) {
    stage.ask({"SCRIPT", "FLUSH"});
    co_await expect(stage, State::Acquired, kA);
    stage.ask({"SCRIPT", "FLUSH"});
    const auto released = co_await stage.store.release(kSlot, kA);
    CHECK(released.value() == LockState::Mine);
  }
}

/// What was published on the wake channel, up to the word "end".
struct Heard {
  explicit Heard(Stage& stage)
      : subscribed(stage.loop.executor()),
        ended(stage.loop.executor()),
        subscriber(stage.loop.executor(), stage.loop.deadlines(), stage.settings(), callbacks()) {
    subscriber.subscribe(stage.keys.wake_channel());
    subscriber.start();
  }
  redis::Subscriber::Callbacks callbacks() {
    redis::Subscriber::Callbacks calls;
    calls.on_message = [this](std::string_view /*channel*/, std::string_view payload) {
      if (payload == "end") return ended.set();
      slots.emplace_back(payload);
    };
    calls.on_subscribed = [this](std::string_view /*channel*/) { subscribed.set(); };
    return calls;
  }

  test::Flag subscribed;
  test::Flag ended;
  std::vector<std::string> slots;
  redis::Subscriber subscriber;
};

Task<void> waiters_are_woken_and_nobody_else(Stage& stage) {
  Heard heard{stage};
  co_await heard.subscribed.wait();
  const Slot variant = slot_of("key", "gzip");

  co_await expect(stage, State::Acquired, kA);
  const auto quiet = co_await stage.store.release(kSlot, kA);
  CHECK(quiet.has_value());

  co_await expect(stage, State::Acquired, kA);
  co_await expect(stage, State::Held, kB);
  CHECK(stage.ms_to_live(stage.keys.waiting(kSlot)) > 0);
  const auto released = co_await stage.store.release(kSlot, kA);
  CHECK(released.has_value());
  CHECK_FALSE(stage.exists(stage.keys.waiting(kSlot)));

  const auto first = co_await stage.store.acquire(variant, kA, kNothing);
  const auto second = co_await stage.store.acquire(variant, kB, kNothing);
  CHECK(first->state == State::Acquired);
  CHECK(second->state == State::Held);
  const auto stored = co_await stage.store.store(variant, kA, keep(variant_of("gzip", 1)));
  CHECK(stored.has_value());

  stage.ask({"PUBLISH", stage.keys.wake_channel(), "end"});
  co_await heard.ended.wait();
  CHECK(heard.slots == std::vector<std::string>{to_string(kSlot), to_string(variant)});
  co_await heard.subscriber.stop();
}

Task<AcquireReply> ask_unless_failed(Stage& stage, LockToken mine) {
  const auto reply = co_await stage.store.acquire(kSlot, mine, kNothing, 2);
  REQUIRE(reply);
  co_return *reply;
}

Task<void> fail(Stage& stage, LockToken mine, LockState expected) {
  const auto told = co_await stage.store.fail(kSlot, mine, ErrorCode::Timeout, Millis{60'000});
  CHECK(told.value() == expected);
}

Task<void> two_failures_are_enough_for_the_fleet(Stage& stage) {
  const std::string mark = stage.keys.failure(kSlot);
  co_await expect(stage, State::Acquired, kA);
  co_await fail(stage, kB, LockState::Lost);
  CHECK_FALSE(stage.exists(mark));
  co_await fail(stage, kA, LockState::Mine);
  CHECK_FALSE(stage.exists(stage.keys.lock(kSlot)));
  CHECK(stage.ms_to_live(mark) > 0);

  const auto once_more = co_await ask_unless_failed(stage, kB);
  CHECK(once_more.state == State::Acquired);
  // While somebody tries, the others wait for how it ends.
  const auto meanwhile = co_await ask_unless_failed(stage, kA);
  CHECK(meanwhile.state == State::Held);
  co_await fail(stage, kB, LockState::Mine);

  const auto told = co_await ask_unless_failed(stage, kA);
  CHECK(told.state == State::Failed);
  CHECK(told.error.code == ErrorCode::Timeout);
  CHECK(told.error.side == Side::Upstream);
  CHECK_FALSE(stage.exists(stage.keys.lock(kSlot)));
  // Who does not care, and who has the lock already, is not held up.
  co_await expect(stage, State::Acquired, kA);
  const auto mine = co_await ask_unless_failed(stage, kA);
  CHECK(mine.state == State::Acquired);
  const auto stored = co_await stage.store.store(kSlot, kA, keep(entity("key", 1)));
  CHECK(stored.value() == StoreReply::Stored);
  const auto found = co_await ask_unless_failed(stage, kB);
  CHECK(found.state == State::Found);
}

Task<void> fail_twice(Stage& stage) {
  co_await expect(stage, State::Acquired, kA);
  co_await fail(stage, kA, LockState::Mine);
  co_await expect(stage, State::Acquired, kB);
  co_await fail(stage, kB, LockState::Mine);
  const auto told = co_await ask_unless_failed(stage, kA);
  CHECK(told.state == State::Failed);
}

Task<void> a_mark_of_failure_that_is_lost_or_spoilt_costs_one_more_try(Stage& stage) {
  const std::string mark = stage.keys.failure(kSlot);
  const std::vector<std::vector<std::string>> accidents{
      {"DEL", mark}, {"SET", mark, "x"}, {"SET", mark, ""}};
  for (const auto& accident : accidents) {
    co_await fail_twice(stage);
    stage.ask(accident);
    const auto reply = co_await ask_unless_failed(stage, kA);
    CHECK(reply.state == State::Acquired);
    co_await fail(stage, kA, LockState::Mine);
    stage.ask({"DEL", mark});
  }
  stage.ask({"LPUSH", mark, "x"});
  const auto reply = co_await ask_unless_failed(stage, kA);
  CHECK(reply.state == State::Acquired);
}

Task<void> full_memory_refuses_locks_and_still_releases_them(Stage& stage) {
  co_await expect(stage, State::Acquired, kA);
  stage.ask({"CONFIG", "SET", "maxmemory", "1"});
  const auto other = co_await stage.store.acquire(slot_of("other", ""), kB, kNothing);
  REQUIRE_FALSE(other);
  CHECK(other.error().code == ErrorCode::Rejected);
  CHECK(other.error().side == Side::Store);
  const auto waiting = co_await stage.store.acquire(kSlot, kB, kNothing);
  REQUIRE(waiting);
  CHECK(waiting->state == State::Held);
  const auto stored = co_await stage.store.store(kSlot, kA, keep(entity("key", 1)));
  CHECK_FALSE(stored);
  const auto released = co_await stage.store.release(kSlot, kA);
  CHECK(released.value() == LockState::Mine);
  CHECK_FALSE(stage.exists(stage.keys.lock(kSlot)));
}

}  // namespace

TEST_CASE("a lock has one holder, and only he releases it") { play(&one_holder_at_a_time); }
TEST_CASE("a lock lives for its lease and is renewed by its holder") {
  play(&a_lock_lives_for_its_lease);
}
TEST_CASE("a holder whose first answer was lost may ask again") {
  play(&a_holder_that_asks_again_renews);
}
TEST_CASE("a record that was not there at the miss is found instead of fetched again") {
  play(&a_record_not_seen_before_spares_the_lock);
}
TEST_CASE("a value that is no record does not keep anybody from filling (FM-09, FM-10)") {
  play(&what_is_no_record_does_not_spare_the_lock);
}
TEST_CASE("who lost the lock cannot store (FM-11)") {
  play(&a_lock_is_taken_from_the_holder_that_was_seen);
}
TEST_CASE("a lock that is free is not taken over") { play(&nobody_takes_a_free_lock_over); }
TEST_CASE("a lock key of a wrong type counts as free (FM-09)") {
  play(&a_lock_of_a_wrong_type_is_no_lock);
}
TEST_CASE("scripts that the server forgot are sent again (FM-13)") {
  play(&scripts_survive_being_forgotten);
}
TEST_CASE("a release or a store wakes those who wait, and is silent otherwise") {
  play(&waiters_are_woken_and_nobody_else);
}
TEST_CASE("an origin that failed twice is not asked by a third") {
  play(&two_failures_are_enough_for_the_fleet);
}
TEST_CASE("a mark of failure may be lost (FM-11, FM-09)") {
  play(&a_mark_of_failure_that_is_lost_or_spoilt_costs_one_more_try);
}
TEST_CASE("a Redis out of memory refuses locks and stores, and still releases (FM-05)") {
  play(&full_memory_refuses_locks_and_still_releases_them);
}
