// Which purges this process knows, and whether a stored response is still valid (design §7).
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <set>
#include <shared_mutex>
#include <span>
#include <string_view>
#include <unordered_map>

#include "proxy/base/clock.hpp"
#include "proxy/cache/record.hpp"
#include "proxy/invalidation/purge.hpp"
#include "proxy/net/notifier.hpp"

namespace wf::invalidation {

/// What became of a stored response by purges.
enum class Verdict : std::uint8_t {
  Valid,
  Stale,    ///< by a soft purge: may be revalidated, and served where the origin fails
  Invalid,  ///< never to be served again
};

/// A record is valid iff its birth is ours, it is not older than the oldest purge that we can know
/// of, and no purge above its `as_of` matches it.
///
/// Thread-safe: a shared mutex, and none at all for a record that was checked since the last purge.
class PurgeTable {
 public:
  /// Above so many selectors the oldest of what the table knows is given up by raising the floor:
  /// memory stays bounded (invariant I8) at the price of misses.
  static constexpr std::size_t kMaxEntries = 4'000'000;

  /// Purges older than `window` are forgotten: no record may live that long.
  explicit PurgeTable(Millis window, std::size_t max_entries = kMaxEntries)
      : window_(window), max_entries_(max_entries) {}

  /// Birth and sequence applied: what a fill takes as its `as_of` before it begins.
  [[nodiscard]] Stamp position() const;
  /// Moves whenever a verdict may have changed.
  [[nodiscard]] std::uint64_t version() const noexcept {
    return version_.load(std::memory_order_acquire);
  }

  /// A purge from the log, in order: the position moves to it.
  void apply(Sequence sequence, std::span<const Selector> selectors);
  /// A purge that this process has just made: in force at once, although the log's tail has not
  /// delivered it yet; the position stays.
  void apply_early(Sequence sequence, std::span<const Selector> selectors);
  /// A purge that cannot reach the log now: matches everything until `settle` gives its sequence.
  /// The same selector from elsewhere in the log does not: our write may be the later one.
  void apply_pending(std::span<const Selector> selectors);
  /// Purges that were pending are in the log now; else like apply_early.
  void settle(Sequence sequence, std::span<const Selector> selectors);
  /// Without Redis this process is the whole fleet: the sequence is counted here.
  Sequence apply_local(std::span<const Selector> selectors);
  /// The log is read anew: records of another birth, or older than `floor`, are invalid from now.
  void reset(Birth birth, Sequence floor);

  /// The usual hit compares one integer.
  [[nodiscard]] bool valid(const cache::Record& record) const;
  /// The same for a fill that is under way.
  [[nodiscard]] bool valid(const Stamp& as_of, std::string_view key) const;

  /// How many purges of this key are known: never less than there were. Equal before and after
  /// something but for one's own, it says that no other came between.
  [[nodiscard]] std::uint64_t count(std::string_view key) const;

  /// Notified when the position moves.
  [[nodiscard]] net::Notifier& moved() noexcept { return moved_; }
  [[nodiscard]] std::size_t size() const;
  /// Patterns that every look-up compares with.
  [[nodiscard]] std::size_t patterns() const;
  /// Purges that wait to be forgotten; at most one for each selector.
  [[nodiscard]] std::size_t queued() const;

 private:
  /// 128 bits of a selector's hash. Two selectors with one hash would cost misses, never a wrong
  /// answer.
  struct SelectorHash {
    std::uint64_t high;
    std::uint64_t low;
    bool operator==(const SelectorHash&) const = default;
  };
  struct Hasher {
    std::size_t operator()(const SelectorHash& h) const noexcept { return h.low; }
  };
  struct Entry {
    Sequence newest;
    bool pending = false;
    bool aged = false;        ///< is in by_age_, once
    std::uint64_t count = 0;  // see count()
  };
  struct Aged {
    SelectorHash selector;
    Sequence sequence;
  };

  [[nodiscard]] static SelectorHash hash(std::string_view selector) noexcept;
  void record_purge(Sequence sequence, std::span<const Selector> selectors);  // mutex_ held
  void note_pattern(const Selector& selector);                                // mutex_ held
  void forget_old(Sequence newest);                                           // mutex_ held
  [[nodiscard]] bool valid_locked(const Stamp& as_of, std::string_view key,
                                  std::span<const std::string> tags) const;

  const Millis window_;
  const std::size_t max_entries_;
  mutable std::shared_mutex mutex_;  // guards all below
  Birth birth_;
  Sequence position_;
  Sequence floor_;
  std::unordered_map<SelectorHash, Entry, Hasher> newest_;
  std::set<Selector> patterns_;  // those in newest_, and some that were
  std::deque<Aged> by_age_;      // the sequence is that of the purge that put it there, or newer
  std::atomic<std::uint64_t> version_{1};
  net::Notifier moved_;
};

}  // namespace wf::invalidation
