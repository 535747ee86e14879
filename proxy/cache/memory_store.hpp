// L1: the records of this process. Bounded in bytes, whatever is inserted (invariant I8).
//
// Sharded by the key's hash; every shard has one mutex, which is held for a look-up or an insert
// and never while a record is freed. Shards are independent: a budget is divided evenly among them.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "proxy/base/units.hpp"
#include "proxy/cache/sieve.hpp"

namespace wf::cache {

struct MemoryStats {
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;  ///< records, index and bookkeeping
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t evictions = 0;  ///< for want of room; not those that expired or were erased
  std::uint64_t refused = 0;    ///< inserts of what is larger than a shard's share
};

/// Thread-safe.
class MemoryStore {
 public:
  /// As many shards as leave each a useful share: 16 from 128 MiB on. 0 bytes: keeps nothing.
  explicit MemoryStore(Bytes size) : MemoryStore(size, shards_for(size)) {}
  /// `shards` must be a power of two, at most 256.
  MemoryStore(Bytes size, unsigned shards);
  MemoryStore(const MemoryStore&) = delete;
  MemoryStore& operator=(const MemoryStore&) = delete;

  /// Null if there is none or it expired by `now` (fleet time, as `expires` below). The texts are
  /// compared, not only the hashes. One lock, no allocation.
  [[nodiscard]] RecordPtr find(const LookupKey& key, UnixTime now);

  /// Replaces. `key.text` must be the record's slot text. What is larger than a shard's share is
  /// refused and counted, and what it would have replaced is gone.
  void insert(const LookupKey& key, RecordPtr record, UnixTime expires);
  void erase(const LookupKey& key);
  /// Whatever lies under that hash.
  void erase_hash(std::uint64_t hash);
  void clear();

  /// A place in a walk over everything.
  struct Cursor {
    std::size_t shard = 0;
    std::size_t place = 0;
    bool done = false;
  };
  /// One step of the walk, under one lock: up to `most` places. What comes and goes meanwhile may
  /// be seen or not.
  void visit(Cursor& cursor, std::size_t most, std::vector<RecordPtr>& out);

  /// Sums over the shards without locking them: each number is true of some recent moment.
  [[nodiscard]] MemoryStats stats() const noexcept;

  [[nodiscard]] static unsigned shards_for(Bytes size) noexcept;

 private:
  using Counter = std::atomic<std::uint64_t>;
  struct alignas(64) Shard {  // a cache line of its own: neighbours' locks do not disturb it
    explicit Shard(std::size_t budget) : sieve(budget) {}
    void publish() noexcept;  // under the lock

    // All that a hit writes here lies on the lock's own cache line. The counters are written under
    // the lock and read without.
    std::mutex mutex;
    Counter hits{0}, misses{0}, refused{0};
    Sieve sieve;  // guarded by mutex
    Counter entries{0}, bytes{0}, evictions{0};
    std::uint64_t evictions_before_clear = 0;
  };
  [[nodiscard]] Shard& shard_of(std::uint64_t hash) noexcept;

  std::deque<Shard> shards_;
};

}  // namespace wf::cache
