#include "tests/unit/cache/redis_stage.hpp"

namespace wf::cache::testing {
namespace {

net::Task<void> from_start_to_end(Stage& stage, Stage::Story story) {
  stage.client.start();
  const bool up = co_await stage.client.wait_up(redis::milliseconds{10'000});
  CHECK(up);
  co_await story(stage);
  co_await stage.client.stop();
}

}  // namespace

void play(Stage::Story story) {
  Stage stage;
  stage.loop.run(from_start_to_end(stage, story));
}

/// Locks, stores, and expects both to work.
net::Task<void> fill(Stage& stage, Slot slot, StoreRequest what) {
  stage.ask({"DEL", stage.keys.record(slot)});
  const auto locked = co_await stage.store.acquire(slot, kMine, kNothing);
  REQUIRE(locked);
  REQUIRE(locked->state == AcquireReply::State::Acquired);
  const auto stored = co_await stage.store.store(slot, kMine, std::move(what));
  REQUIRE(stored);
  REQUIRE(stored.value() == StoreReply::Stored);
}

net::Task<RecordPtr> found(Stage& stage, Slot slot, std::string_view variant) {
  const auto reply = co_await stage.store.find(slot, "key", variant);
  REQUIRE(reply);
  co_return *reply;
}

net::Task<void> expect_miss(Stage& stage, Where where) {
  const RecordPtr record = co_await found(stage, kSlot);
  INFO("line " << where.line());
  CHECK(record == nullptr);
}

net::Task<void> expect_hit(Stage& stage, Where where) {
  const RecordPtr record = co_await found(stage, kSlot);
  INFO("line " << where.line());
  CHECK(record != nullptr);
}

LockToken token(char letter) { return {std::string(32, letter), {{7}, {1'700'000'000'000, 3}}}; }

Draft entity_draft(std::string key, std::uint8_t id) {
  Draft record = response_draft(std::move(key), 100);
  record.id.fill(id);
  return record;
}

RecordPtr entity(std::string key, std::uint8_t id) {
  return Record::make(entity_draft(std::move(key), id));
}

RecordPtr variant_of(std::string variant, std::uint8_t id) {
  Draft record = entity_draft("key", id);
  record.variant = std::move(variant);
  return Record::make(std::move(record));
}

StoreRequest keep(RecordPtr record, Millis how_long) {
  StoreRequest request;
  request.record = std::move(record);
  request.keep_for = how_long;
  return request;
}

}  // namespace wf::cache::testing
