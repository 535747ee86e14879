#include "proxy/cache/memory_store.hpp"

#include <utility>
#include <vector>

namespace wf::cache {
namespace {

constexpr unsigned kMostShards = 16;
constexpr Bytes kLeastShare = 8_MiB;

/// Under the shard's lock, so nobody else counts meanwhile.
void count(std::atomic<std::uint64_t>& counter) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace

MemoryStore::MemoryStore(Bytes size, unsigned shards) {
  for (unsigned i = 0; i < shards; ++i) {
    shards_.emplace_back(static_cast<std::size_t>(size.count / shards));
  }
}

unsigned MemoryStore::shards_for(Bytes size) noexcept {
  unsigned shards = kMostShards;
  while (shards > 1 && size.count / shards < kLeastShare.count) shards /= 2;
  return shards;
}

// The high bits choose the shard; the low ones choose the bucket in it.
MemoryStore::Shard& MemoryStore::shard_of(std::uint64_t hash) noexcept {
  return shards_[static_cast<std::size_t>(hash >> 56U) & (shards_.size() - 1)];
}

void MemoryStore::Shard::publish() noexcept {
  entries.store(sieve.entries(), std::memory_order_relaxed);
  bytes.store(sieve.bytes(), std::memory_order_relaxed);
  evictions.store(evictions_before_clear + sieve.evictions(), std::memory_order_relaxed);
}

RecordPtr MemoryStore::find(const LookupKey& key, UnixTime now) {
  Shard& shard = shard_of(key.hash);
  RecordPtr dropped;  // outlives the lock
  const std::lock_guard lock{shard.mutex};
  RecordPtr found = shard.sieve.find(key, now, dropped);
  count(found ? shard.hits : shard.misses);
  if (dropped) shard.publish();
  return found;
}

void MemoryStore::insert(const LookupKey& key, RecordPtr record, UnixTime expires) {
  Shard& shard = shard_of(key.hash);
  std::vector<RecordPtr> dropped;  // outlives the lock
  const std::lock_guard lock{shard.mutex};
  const auto inserted = shard.sieve.insert(key, std::move(record), expires, dropped);
  if (inserted == Sieve::Inserted::TooLarge) count(shard.refused);
  shard.publish();
}

void MemoryStore::erase(const LookupKey& key) {
  Shard& shard = shard_of(key.hash);
  RecordPtr dropped;  // outlives the lock
  const std::lock_guard lock{shard.mutex};
  shard.sieve.erase(key, dropped);
  shard.publish();
}

void MemoryStore::erase_hash(std::uint64_t hash) {
  Shard& shard = shard_of(hash);
  RecordPtr dropped;  // outlives the lock
  const std::lock_guard lock{shard.mutex};
  shard.sieve.erase_hash(hash, dropped);
  shard.publish();
}

void MemoryStore::clear() {
  for (Shard& shard : shards_) {
    Sieve taken{shard.sieve.budget()};  // the budget never changes; outlives the lock
    const std::lock_guard lock{shard.mutex};
    shard.evictions_before_clear += shard.sieve.evictions();
    std::swap(shard.sieve, taken);
    shard.publish();
  }
}

void MemoryStore::visit(Cursor& cursor, std::size_t most, std::vector<RecordPtr>& out) {
  Shard& shard = shards_[cursor.shard];
  {
    const std::lock_guard lock{shard.mutex};
    cursor.place = shard.sieve.visit(cursor.place, most, out);
  }
  if (cursor.place == 0) ++cursor.shard;
  cursor.done = cursor.shard == shards_.size();
}

MemoryStats MemoryStore::stats() const noexcept {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  MemoryStats sum;
  for (const Shard& shard : shards_) {
    sum.entries += shard.entries.load(kRelaxed);
    sum.bytes += shard.bytes.load(kRelaxed);
    sum.hits += shard.hits.load(kRelaxed);
    sum.misses += shard.misses.load(kRelaxed);
    sum.evictions += shard.evictions.load(kRelaxed);
    sum.refused += shard.refused.load(kRelaxed);
  }
  return sum;
}

}  // namespace wf::cache
