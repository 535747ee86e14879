// What every store promises, whatever it keeps its records in.
#include <catch2/catch.hpp>
#include <functional>
#include <memory>

#include "proxy/cache/chunk_reader.hpp"
#include "proxy/cache/memory_store.hpp"
#include "tests/unit/cache/redis_stage.hpp"

using namespace wf;
using namespace wf::cache;
using namespace wf::cache::testing;
using net::Task;

namespace {

class Shelf {
 public:
  Shelf() = default;
  Shelf(const Shelf&) = delete;
  Shelf& operator=(const Shelf&) = delete;
  virtual ~Shelf() = default;
  virtual Task<void> put(RecordPtr record) = 0;
  virtual Task<RecordPtr> get(std::string key, std::string variant) = 0;
  virtual Task<void> forget(std::string key) = 0;
};

class MemoryShelf final : public Shelf {
 public:
  Task<void> put(RecordPtr record) override {
    const std::string text = slot_text(record->key(), record->variant());
    store_.insert(lookup_key(text), record, UnixTime{Millis{2000}});
    co_return;
  }
  Task<RecordPtr> get(std::string key, std::string variant) override {
    const std::string text = slot_text(key, variant);
    co_return store_.find(lookup_key(text), UnixTime{Millis{1000}});
  }
  Task<void> forget(std::string key) override {
    store_.erase(lookup_key(key));
    co_return;
  }

 private:
  MemoryStore store_{8_MiB};
};

class RedisShelf final : public Shelf {
 public:
  RedisShelf(RedisStore& store, net::TaskGroup& tasks) : store_(store), tasks_(tasks) {}
  Task<void> put(RecordPtr record) override {
    const Slot slot = slot_of(record->key(), record->variant());
    const auto old = co_await store_.find(slot, record->key(), record->variant());
    const EntityId seen = old.value() ? old.value()->id : EntityId{};
    const auto locked = co_await store_.acquire(slot, token('a'), seen);
    REQUIRE(locked);
    REQUIRE(locked->state == AcquireReply::State::Acquired);
    const auto stored = co_await store_.store(slot, token('a'), keep(record));
    REQUIRE(stored);
  }
  Task<RecordPtr> get(std::string key, std::string variant) override {
    const Slot slot = slot_of(key, variant);
    const auto reply = co_await store_.find(slot, key, variant);
    REQUIRE(reply);
    const RecordPtr record = *reply;
    if (!record || is_whole(*record)) co_return record;
    const BodyName body{slot.resource, record->body_id()};
    const ByteSpan missing{body_of(*record).size(), record->body_size};
    ChunkReader reader{store_.chunks(), tasks_, body, record->body_size, missing};
    auto rest = co_await read_all(reader);
    REQUIRE(rest);
    co_return with_rest(*record, std::move(*rest));
  }
  Task<void> forget(std::string key) override {
    const std::vector<KeyHash> names{key_hash(key)};
    const auto dropped = co_await store_.drop(names);
    REQUIRE(dropped);
  }

 private:
  RedisStore& store_;
  net::TaskGroup& tasks_;
};

void grow_body(Draft& record, std::size_t size) {
  record.kind = RecordKind::Response;
  record.body = {Chunk::copy_of(std::string(size / 2, 'x')),
                 Chunk::copy_of(std::string(size - size / 2, 'y'))};
  record.body_size = size;
}

Task<void> keep_the_contract(Shelf& shelf) {
  const RecordPtr nothing = co_await shelf.get("1:a", "");
  CHECK_FALSE(nothing);

  Chance chance{10};
  for (int i = 0; i < 20; ++i) {
    Draft draft = random_draft(chance);
    draft.key = "1:a";
    if (i % 2 == 0) draft.variant.clear();
    if (i % 5 == 0) grow_body(draft, kInlineBody + below(chance, 300'000));
    const RecordPtr record = Record::make(std::move(draft));
    co_await shelf.put(record);
    const RecordPtr same = co_await shelf.get("1:a", std::string{record->variant()});
    REQUIRE(same);
    REQUIRE(equal(*record, *same));
  }
  const RecordPtr other_key = co_await shelf.get("1:b", "");
  CHECK_FALSE(other_key);
  const RecordPtr other_variant = co_await shelf.get("1:a", "never stored");
  CHECK_FALSE(other_variant);

  co_await shelf.forget("1:b");
  const RecordPtr still = co_await shelf.get("1:a", "");
  CHECK(still);
  co_await shelf.forget("1:a");
  const RecordPtr gone = co_await shelf.get("1:a", "");
  CHECK_FALSE(gone);
}

Task<void> in_redis(Stage& stage) {
  RedisShelf shelf{stage.store, stage.loop.tasks()};
  co_await keep_the_contract(shelf);
}

}  // namespace

TEST_CASE("the memory store keeps the contract") {
  test::Loop loop;
  MemoryShelf shelf;
  loop.run(keep_the_contract(shelf));
}

TEST_CASE("the Redis store keeps the contract") { play(&in_redis); }
