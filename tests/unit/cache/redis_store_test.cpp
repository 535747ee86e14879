// Conversations about records in a real Redis.
#include "proxy/cache/redis_store.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/cache/redis_stage.hpp"

using namespace wf;
using namespace wf::cache;
using namespace wf::cache::testing;
using net::Task;

namespace {

Task<void> what_was_stored_is_found(Stage& stage) {
  co_await expect_miss(stage);
  Chance chance{9};
  Draft draft = random_draft(chance);
  draft.key = "key";
  draft.variant.clear();
  const RecordPtr record = Record::make(std::move(draft));
  co_await fill(stage, kSlot, keep(record, Millis{30'000}));
  const RecordPtr again = co_await found(stage, kSlot);
  REQUIRE(again);
  CHECK(equal(*record, *again));
  CHECK(stage.ms_to_live(stage.keys.record(kSlot)) > 0);
  CHECK(stage.ms_to_live(stage.keys.record(kSlot)) <= 30'000);
  CHECK_FALSE(stage.exists(stage.keys.lock(kSlot)));
  CHECK(stage.store.counters().hits == 1);
  CHECK(stage.store.counters().misses == 1);
}

Task<void> a_life_of_nothing_is_no_error(Stage& stage) {
  co_await fill(stage, kSlot, keep(entity("key", 1), Millis{-5}));
  CHECK_FALSE(stage.exists(stage.keys.lock(kSlot)));
}

RecordPtr vary_index() {
  Draft record;
  record.kind = RecordKind::VaryIndex;
  record.key = "key";
  record.vary = {"accept-encoding"};
  record.id.fill(77);
  return Record::make(std::move(record));
}

Task<void> variants_have_places_of_their_own(Stage& stage) {
  const Slot gzip = slot_of("key", "gzip");
  StoreRequest first = keep(variant_of("gzip", 1), Millis{60'000});
  first.vary_index = vary_index();
  co_await fill(stage, kSlot, std::move(first));
  const RecordPtr index = co_await found(stage, kSlot);
  REQUIRE(index);
  CHECK(index->kind == RecordKind::VaryIndex);
  CHECK(index->vary() == std::vector<std::string>{"accept-encoding"});
  const RecordPtr record = co_await found(stage, gzip, "gzip");
  REQUIRE(record);
  CHECK(record->id == variant_of("gzip", 1)->id);

  // A variant with a shorter life does not shorten the index's, a longer one lengthens it.
  const Slot plain = slot_of("key", "plain");
  StoreRequest second = keep(variant_of("plain", 2), Millis{10'000});
  second.vary_index = vary_index();
  co_await fill(stage, plain, std::move(second));
  CHECK(stage.ms_to_live(stage.keys.resource(kSlot.resource)) > 10'000);
  StoreRequest third = keep(variant_of("br", 3), Millis{600'000});
  third.vary_index = vary_index();
  co_await fill(stage, slot_of("key", "br"), std::move(third));
  CHECK(stage.ms_to_live(stage.keys.resource(kSlot.resource)) > 60'000);
}

StoreRequest one_of_three(int number, Millis how_long) {
  StoreRequest request = keep(variant_of("v" + std::to_string(number), 1), how_long);
  request.vary_index = vary_index();
  request.max_variants = 3;
  return request;
}

Task<void> a_resource_has_so_many_variants(Stage& stage) {
  const std::string list = stage.keys.variants(kSlot.resource);
  for (int number = 1; number <= 3; ++number) {
    const Slot slot = slot_of("key", "v" + std::to_string(number));
    co_await fill(stage, slot, one_of_three(number, Millis{60'000 + number}));
  }
  CHECK(stage.ms_to_live(list) > 50'000);
  co_await fill(stage, slot_of("key", "v1"), one_of_three(1, Millis{60'000}));  // stored again
  CHECK(stage.ask({"ZCARD", list}).integer() == 3);
  // The one stored longest ago makes room.
  co_await fill(stage, slot_of("key", "v4"), one_of_three(4, Millis{10'000}));
  CHECK_FALSE(stage.exists(stage.keys.record(slot_of("key", "v2"))));
  for (const std::string variant : {"v1", "v3", "v4"}) {
    const RecordPtr record = co_await found(stage, slot_of("key", variant), variant);
    CHECK(record != nullptr);
  }
  CHECK(stage.ask({"ZCARD", list}).integer() == 3);
  CHECK(stage.ms_to_live(list) > 50'000);

  // A record of the resource itself is none of them.
  co_await fill(stage, kSlot, keep(entity("key", 9), Millis{60'000}));
  CHECK(stage.ask({"ZCARD", list}).integer() == 3);
}

Task<void> what_has_ended_makes_room_first(Stage& stage) {
  const std::string list = stage.keys.variants(kSlot.resource);
  for (int number = 1; number <= 3; ++number) {
    const Slot slot = slot_of("key", "v" + std::to_string(number));
    co_await fill(stage, slot, one_of_three(number, Millis{60'000}));
  }
  stage.ask({"DEL", stage.keys.record(slot_of("key", "v3"))});
  co_await fill(stage, slot_of("key", "v4"), one_of_three(4, Millis{60'000}));
  CHECK(stage.ask({"ZCARD", list}).integer() == 3);
  CHECK(stage.exists(stage.keys.record(slot_of("key", "v1"))));
  // A route that allows less than before.
  StoreRequest less = one_of_three(5, Millis{60'000});
  less.max_variants = 1;
  co_await fill(stage, slot_of("key", "v5"), std::move(less));
  CHECK(stage.ask({"ZCARD", list}).integer() == 1);
  CHECK_FALSE(stage.exists(stage.keys.record(slot_of("key", "v4"))));
}

Task<void> a_foreign_list_of_variants_begins_anew(Stage& stage) {
  const std::string list = stage.keys.variants(kSlot.resource);
  stage.ask({"SET", list, "not ours"});
  co_await fill(stage, slot_of("key", "v1"), one_of_three(1, Millis{60'000}));
  CHECK(stage.ask({"ZCARD", list}).integer() == 1);
}

Task<void> variants_do_not_queue_behind_each_other(Stage& stage) {
  for (const char* variant : {"gzip", "br", ""}) {
    const auto locked = co_await stage.store.acquire(slot_of("key", variant), kMine, kNothing);
    REQUIRE(locked);
    CHECK(locked->state == AcquireReply::State::Acquired);
  }
}

Task<void> uncacheable_is_remembered(Stage& stage) {
  Draft draft;
  draft.kind = RecordKind::Uncacheable;
  draft.key = "key";
  draft.id.fill(3);
  const RecordPtr record = Record::make(std::move(draft));
  const auto locked = co_await stage.store.acquire(kSlot, kMine, kNothing);
  REQUIRE(locked);
  const auto marked = co_await stage.store.mark_uncacheable(kSlot, kMine, record, Millis{10'000});
  CHECK(marked.value() == StoreReply::Stored);
  const RecordPtr again = co_await found(stage, kSlot);
  REQUIRE(again);
  CHECK(again->kind == RecordKind::Uncacheable);
  CHECK(stage.ms_to_live(stage.keys.record(kSlot)) <= 10'000);
}

Task<void> only_what_is_still_stored_is_revived(Stage& stage) {
  co_await fill(stage, kSlot, keep(entity("key", 1)));
  const auto locked = co_await stage.store.acquire(kSlot, kMine, entity("key", 1)->id);
  REQUIRE(locked->state == AcquireReply::State::Acquired);
  StoreRequest other = keep(entity("key", 2));
  other.revives = entity("key", 9)->id;
  const auto refused = co_await stage.store.store(kSlot, kMine, std::move(other));
  CHECK(refused.value() == StoreReply::Replaced);
  const auto held = co_await stage.store.renew(kSlot, kMine);
  CHECK(held.value() == LockState::Mine);

  StoreRequest same = keep(entity("key", 2));
  same.revives = entity("key", 1)->id;
  const auto stored = co_await stage.store.store(kSlot, kMine, std::move(same));
  CHECK(stored.value() == StoreReply::Stored);

  // Purged meanwhile: nothing is there to be revived.
  stage.ask({"DEL", stage.keys.record(kSlot)});
  const auto relocked = co_await stage.store.acquire(kSlot, kMine, kNothing);
  REQUIRE(relocked->state == AcquireReply::State::Acquired);
  StoreRequest purged = keep(entity("key", 3));
  purged.revives = entity("key", 2)->id;
  const auto late = co_await stage.store.store(kSlot, kMine, std::move(purged));
  CHECK(late.value() == StoreReply::Replaced);
  CHECK_FALSE(stage.exists(stage.keys.record(kSlot)));
}

Task<void> a_record_beyond_the_limit_is_not_written(Stage& stage) {
  const auto locked = co_await stage.store.acquire(kSlot, kMine, kNothing);
  REQUIRE(locked);
  Draft large = response_draft("key", 100);
  large.head.append(kMaxValue.count, 'x');
  const RecordPtr record = Record::make(std::move(large));
  const auto stored = co_await stage.store.store(kSlot, kMine, keep(record));
  REQUIRE_FALSE(stored);
  CHECK(stored.error().code == ErrorCode::TooLarge);
  CHECK(stored.error().side == Side::Self);
  CHECK_FALSE(stage.exists(stage.keys.record(kSlot)));
}

Task<void> full_memory_still_reads_and_drops(Stage& stage) {
  co_await fill(stage, kSlot, keep(entity("key", 1)));
  stage.ask({"CONFIG", "SET", "maxmemory", "1"});
  co_await expect_hit(stage);
  const std::vector<KeyHash> purged{kSlot.resource, key_hash("never stored")};
  const auto dropped = co_await stage.store.drop(purged);
  CHECK(dropped);
  co_await expect_miss(stage);
}

Task<void> a_redis_that_died_is_an_error_of_the_store(Stage& stage) {
  stage.server.kill();
  const auto read = co_await stage.store.find(kSlot, "key", "");
  REQUIRE_FALSE(read);
  CHECK(read.error().side == Side::Store);
  const auto locked = co_await stage.store.acquire(kSlot, kMine, kNothing);
  CHECK_FALSE(locked);
  const auto stored = co_await stage.store.store(kSlot, kMine, keep(entity("key", 1)));
  CHECK_FALSE(stored);
}

Task<void> every_key_dies_by_itself(Stage& stage) {
  StoreRequest what = keep(variant_of("gzip", 1));
  what.vary_index = vary_index();
  co_await fill(stage, kSlot, std::move(what));
  const auto held = co_await stage.store.acquire(slot_of("b", ""), kMine, kNothing);
  const auto waiting = co_await stage.store.acquire(slot_of("b", ""), token('b'), kNothing);
  REQUIRE(held->state == AcquireReply::State::Acquired);
  REQUIRE(waiting->state == AcquireReply::State::Held);
  const auto reply = stage.ask({"KEYS", "*"});
  CHECK(reply.elements().size() == 5);
  for (const redis::Reply& name : reply.elements()) {
    INFO(name.text());
    CHECK(stage.ms_to_live(std::string{name.text()}) > 0);
  }
}

}  // namespace

TEST_CASE("a stored record is found, with a time to live, and its lock is gone") {
  play(&what_was_stored_is_found);
}
TEST_CASE("a record that need not be kept is stored for a millisecond") {
  play(&a_life_of_nothing_is_no_error);
}
TEST_CASE("variants and their index have places of their own") {
  play(&variants_have_places_of_their_own);
}
TEST_CASE("a resource has so many variants and no more (SEC-11)") {
  play(&a_resource_has_so_many_variants);
}
TEST_CASE("variants whose life has ended make no other leave") {
  play(&what_has_ended_makes_room_first);
}
TEST_CASE("a list of variants that is none is begun anew (FM-09)") {
  play(&a_foreign_list_of_variants_begins_anew);
}
TEST_CASE("variants do not queue behind each other") {
  play(&variants_do_not_queue_behind_each_other);
}
TEST_CASE("that something is uncacheable is remembered") { play(&uncacheable_is_remembered); }
TEST_CASE("a revalidation revives only the entity that is still stored") {
  play(&only_what_is_still_stored_is_revived);
}
TEST_CASE("a record beyond the limit is not written (SEC-26)") {
  play(&a_record_beyond_the_limit_is_not_written);
}
TEST_CASE("a Redis out of memory is still read from and dropped from (FM-05)") {
  play(&full_memory_still_reads_and_drops);
}
TEST_CASE("a Redis that died is an error of the store (FM-01)") {
  play(&a_redis_that_died_is_an_error_of_the_store);
}
TEST_CASE("every key has a time to live (FM-40)") { play(&every_key_dies_by_itself); }
