// What the memory store really takes, against what it says (invariant I8). A binary of its own: it
// replaces operator new, and asks the allocator.
#include <malloc.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <new>

#include "proxy/cache/memory_store.hpp"
#include "proxy/cache/record_codec.hpp"
#include "tests/unit/cache/sample_records.hpp"

namespace {

std::atomic<std::uint64_t> allocations{0};

}  // namespace

void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* block = std::malloc(size)) return block;
  throw std::bad_alloc{};
}
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size);
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t /*size*/) noexcept { std::free(block); }

using namespace wf;
using namespace wf::cache;
using namespace wf::cache::testing;

namespace {

constexpr UnixTime kNow{Millis{1'000'000}};
constexpr UnixTime kLater{Millis{2'000'000}};
constexpr std::size_t kKeyLength = 60;
constexpr std::size_t kObject = 1024;  // head and body

/// As it comes out of Redis.
RecordPtr object(std::size_t number) {
  std::string key = "GET http example.org /analyses/" + std::to_string(number);
  key.resize(kKeyLength, '.');
  const std::size_t head = response(key, 900)->head().size();
  return decode(encode(*response(std::move(key), kObject - head))).value();
}

}  // namespace

TEST_CASE("finding a record allocates nothing") {
  MemoryStore store{8_MiB, 4};
  for (std::size_t i = 0; i < 1000; ++i) {
    const auto record = object(i);
    store.insert(lookup_key(record->key()), record, kLater);
  }
  const std::string key{object(500)->key()};
  const std::uint64_t before = allocations;
  const RecordPtr found = store.find(lookup_key(key), kNow);
  const RecordPtr missed = store.find(lookup_key("nothing"), kNow);
  const std::uint64_t after = allocations;
  CHECK(found);
  CHECK_FALSE(missed);
  CHECK(after == before);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST_CASE(
    "a response of 1 KiB takes at most 1.3 KiB, key and index included, and is accounted for") {
  constexpr std::size_t kObjects = 20'000;
  MemoryStore store{256_MiB, 16};
  const auto before = mallinfo2();
  for (std::size_t i = 0; i < kObjects; ++i) {
    const auto record = object(i);
    store.insert(lookup_key(record->key()), record, kLater);
  }
  const auto after = mallinfo2();
  const auto taken = static_cast<double>(after.uordblks - before.uordblks) / kObjects;
  const auto said = static_cast<double>(store.stats().bytes) / kObjects;
  REQUIRE(store.stats().entries == kObjects);
  INFO("bytes of memory per response of 1 KiB: " << taken << ", accounted for: " << said);
  CHECK(taken <= 1330);
  CHECK(taken <= said * 1.02);
  CHECK(said <= taken * 1.05);
}
#endif
