#include "proxy/cache/memory_store.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "tests/unit/cache/sample_records.hpp"

using namespace wf;
using namespace wf::cache;
using namespace wf::cache::testing;

namespace {

constexpr UnixTime kNow{Millis{1'000'000}};
constexpr UnixTime kLater{Millis{2'000'000}};

std::string name(std::size_t i) { return "key " + std::to_string(i); }

}  // namespace

TEST_CASE("a record is found under its own text until it is erased") {
  MemoryStore store{1_MiB, 4};
  const auto record = response("a", 10);
  store.insert(lookup_key("a"), record, kLater);
  CHECK(store.find(lookup_key("a"), kNow) == record);
  CHECK_FALSE(store.find(lookup_key("b"), kNow));
  store.erase(lookup_key("b"));
  CHECK(store.find(lookup_key("a"), kNow) == record);
  store.erase(lookup_key("a"));
  CHECK_FALSE(store.find(lookup_key("a"), kNow));
  CHECK(store.stats().hits == 2);
  CHECK(store.stats().misses == 2);
  CHECK(store.stats().entries == 0);
}

TEST_CASE("equal hashes do not make equal keys (SEC-16)") {
  MemoryStore store{1_MiB, 1};
  const LookupKey a{"a", 42};
  const LookupKey b{"b", 42};
  store.insert(a, response("a", 1), kLater);
  CHECK_FALSE(store.find(b, kNow));
  store.erase(b);
  CHECK(store.find(a, kNow));
  store.insert(b, response("b", 1), kLater);
  CHECK(store.find(b, kNow));
  CHECK_FALSE(store.find(a, kNow));
  CHECK(store.stats().entries == 1);
}

TEST_CASE("a variant is found under key and variant together") {
  MemoryStore store{1_MiB, 1};
  Draft draft = response_draft("3:key", 1);
  draft.variant = "4:gzip";
  const RecordPtr record = Record::make(std::move(draft));
  const std::string text = slot_text(record->key(), record->variant());
  store.insert(lookup_key(text), record, kLater);
  CHECK(store.find(lookup_key(text), kNow) == record);
  CHECK_FALSE(store.find(lookup_key("3:key"), kNow));
}

TEST_CASE("an insert replaces") {
  MemoryStore store{1_MiB, 1};
  store.insert(lookup_key("a"), response("a", 10), kLater);
  const auto second = response("a", 20);
  store.insert(lookup_key("a"), second, kLater);
  CHECK(store.find(lookup_key("a"), kNow) == second);
  CHECK(store.stats().entries == 1);
}

TEST_CASE("what has expired by the given time is gone, and its memory with it") {
  MemoryStore store{1_MiB, 1};
  const auto record = response("a", 1000);
  store.insert(lookup_key("a"), record, kLater);
  CHECK(store.find(lookup_key("a"), kLater - Millis{1}));
  CHECK_FALSE(store.find(lookup_key("a"), kLater));
  CHECK(record->references() == 1);
  CHECK(store.stats().entries == 0);
}

TEST_CASE("clear forgets every record but not the counts") {
  MemoryStore store{64_KiB, 2};
  for (std::size_t i = 0; i < 500; ++i) {
    store.insert(lookup_key(name(i)), response(name(i), 500), kLater);
  }
  const auto before = store.stats();
  REQUIRE(before.evictions > 0);
  store.clear();
  CHECK(store.stats().entries == 0);
  CHECK(store.stats().bytes == 0);
  CHECK(store.stats().evictions == before.evictions);
  CHECK_FALSE(store.find(lookup_key(name(499)), kNow));
  store.insert(lookup_key("a"), response("a", 1), kLater);
  CHECK(store.find(lookup_key("a"), kNow));
}

TEST_CASE("bytes stay within the budget, whatever sizes come (I8)") {
  constexpr Bytes kBudget = 256_KiB;
  MemoryStore store{kBudget, 2};
  Chance chance{5};
  for (int i = 0; i < 5000; ++i) {
    const std::string key = name(below(chance, 2000));
    store.insert(lookup_key(key), response(key, below(chance, 1) == 0 ? 0 : below(chance, 9000)),
                 kLater);
    REQUIRE(store.stats().bytes <= kBudget.count);
  }
  CHECK(store.stats().bytes > kBudget.count / 2);
  CHECK(store.stats().evictions > 0);
}

TEST_CASE("what is larger than a shard's share is refused and throws nobody out") {
  MemoryStore store{128_KiB, 2};
  store.insert({"small", 0}, response("small", 100), kLater);
  store.insert({"large", 1}, response("large", 64 * 1024), kLater);
  CHECK_FALSE(store.find({"large", 1}, kNow));
  CHECK(store.find({"small", 0}, kNow));
  CHECK(store.stats().refused == 1);
  CHECK(store.stats().evictions == 0);
}

TEST_CASE("a record that does not fit does not leave an older one in its place") {
  MemoryStore store{64_KiB, 1};
  store.insert(lookup_key("a"), response("a", 100), kLater);
  store.insert(lookup_key("a"), response("a", 100'000), kLater);
  CHECK_FALSE(store.find(lookup_key("a"), kNow));
}

TEST_CASE("without memory nothing is kept") {
  MemoryStore store{0_B};
  store.insert(lookup_key("a"), response("a", 1), kLater);
  CHECK_FALSE(store.find(lookup_key("a"), kNow));
  CHECK(store.stats().bytes == 0);
}

TEST_CASE("there are as many shards as have a useful share") {
  CHECK(MemoryStore::shards_for(1_GiB) == 16);
  CHECK(MemoryStore::shards_for(256_MiB) == 16);
  CHECK(MemoryStore::shards_for(64_MiB) == 8);
  CHECK(MemoryStore::shards_for(9_MiB) == 1);
  CHECK(MemoryStore::shards_for(0_B) == 1);
}

TEST_CASE("threads share a store") {
  MemoryStore store{128_KiB, 4};
  const auto work = [&store](std::uint64_t seed) {
    Chance chance{seed};
    for (int i = 0; i < 3000; ++i) {
      const std::string key = name(below(chance, 200));
      const auto found = store.find(lookup_key(key), kNow);
      if (found && found->key() != key) std::abort();
      if (!found) store.insert(lookup_key(key), response(key, below(chance, 2000)), kLater);
      if (below(chance, 100) == 0) store.erase(lookup_key(key));
      if (below(chance, 1000) == 0) store.clear();
    }
  };
  std::thread other{work, 6};
  work(7);
  other.join();
  const auto stats = store.stats();
  CHECK(stats.hits + stats.misses == 6000);
  CHECK(stats.bytes <= 128 * 1024);
}

TEST_CASE("a walk in steps sees each record once, whatever lies between") {
  MemoryStore store{8_MiB, 4};
  constexpr std::size_t kRecords = 1000;
  for (std::size_t i = 0; i < kRecords; ++i) {
    store.insert(lookup_key(name(i)), response(name(i), 10), kLater);
  }
  for (std::size_t i = 0; i < kRecords; i += 2) store.erase(lookup_key(name(i)));
  std::vector<RecordPtr> found;
  MemoryStore::Cursor cursor;
  while (!cursor.done) {
    const std::size_t before = found.size();
    store.visit(cursor, 7, found);
    CHECK(found.size() - before <= 7);
  }
  std::set<std::string> keys;
  for (const RecordPtr& record : found) keys.emplace(record->key());
  CHECK(found.size() == kRecords / 2);
  CHECK(keys.size() == kRecords / 2);

  MemoryStore none{0_B};
  MemoryStore::Cursor empty;
  found.clear();
  while (!empty.done) none.visit(empty, 7, found);
  CHECK(found.empty());
}
