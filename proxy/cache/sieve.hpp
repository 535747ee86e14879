// One shard of the memory store: an index and the SIEVE eviction order. Knows no lock and no clock.
//
// SIEVE (Zhang et al., NSDI '24) keeps entries in the order of their arrival and never moves them:
// a hit sets one bit. The hand walks from the oldest to the newest, clears the bits it finds and
// evicts the first entry without one. What is asked for once, as in a scan, leaves when the hand
// first reaches it; what is asked for again stays.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "proxy/base/clock.hpp"
#include "proxy/cache/key_hash.hpp"
#include "proxy/cache/record.hpp"

namespace wf::cache {

/// Records leave through `dropped` parameters instead of being freed here, so that a caller that
/// holds a lock can free them after it.
class Sieve {
 public:
  /// `budget` bounds `bytes()`.
  explicit Sieve(std::size_t budget) : budget_(budget) {}

  /// Null if there is none, if its text differs, or if it expired by `now`; then it is dropped.
  /// Never allocates.
  [[nodiscard]] RecordPtr find(const LookupKey& key, UnixTime now, RecordPtr& dropped) noexcept;

  enum class Inserted : std::uint8_t { Yes, TooLarge };
  /// Replaces what is there under the same hash and evicts until the record fits.
  Inserted insert(const LookupKey& key, RecordPtr record, UnixTime expires,
                  std::vector<RecordPtr>& dropped);

  void erase(const LookupKey& key, RecordPtr& dropped) noexcept;
  /// Whatever lies under that hash.
  void erase_hash(std::uint64_t hash, RecordPtr& dropped) noexcept;

  /// Looks at up to `most` places from `from` on and appends the records there, whatever their age.
  /// Returns where to go on; 0: that was all.
  [[nodiscard]] std::size_t visit(std::size_t from, std::size_t most,
                                  std::vector<RecordPtr>& out) const;

  [[nodiscard]] std::size_t entries() const noexcept { return entries_; }
  /// Records, index and bookkeeping.
  [[nodiscard]] std::size_t bytes() const noexcept;
  [[nodiscard]] std::size_t budget() const noexcept { return budget_; }
  [[nodiscard]] std::uint64_t evictions() const noexcept { return evictions_; }

 private:
  using Index = std::uint32_t;
  static constexpr Index kNone = UINT32_MAX;

  struct Node {
    std::uint64_t hash = 0;
    RecordPtr record;
    UnixTime expires{};
    Index next_in_bucket = kNone;  // also links the free nodes
    Index newer = kNone;
    Index older = kNone;
    bool visited = false;
  };

  [[nodiscard]] Index& bucket_of(std::uint64_t hash) noexcept;
  [[nodiscard]] Index index_of(std::uint64_t hash) const noexcept;
  /// What one more entry adds to the index.
  [[nodiscard]] std::size_t growth() const noexcept;
  void make_room(std::size_t cost, std::vector<RecordPtr>& dropped);
  [[nodiscard]] Index victim() noexcept;
  [[nodiscard]] RecordPtr remove(Index index) noexcept;
  [[nodiscard]] Index take_node();
  void grow_buckets();
  void link_newest(Index index) noexcept;
  void unlink(Index index) noexcept;

  std::size_t budget_;
  std::size_t record_bytes_ = 0;
  std::size_t entries_ = 0;
  std::uint64_t evictions_ = 0;
  std::vector<Index> buckets_;  // size is zero or a power of two
  std::deque<Node> nodes_;      // grows, never shrinks; free ones are reused
  Index free_ = kNone;
  Index newest_ = kNone;
  Index oldest_ = kNone;
  Index hand_ = kNone;  // none: starts at the oldest
};

}  // namespace wf::cache
