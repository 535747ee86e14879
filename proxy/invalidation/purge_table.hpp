// Which purges this process knows, and whether a stored response is still valid (design §7).
#pragma once

#include <atomic>
#include <cstdint>
#include <shared_mutex>
#include <span>

#include "proxy/base/clock.hpp"
#include "proxy/cache/record.hpp"
#include "proxy/invalidation/purge_index.hpp"
#include "proxy/net/notifier.hpp"

namespace wf::invalidation {

/// A record is valid iff its birth is ours, it is not older than the newest purge that was given up
/// for want of room, and no purge above its `as_of` matches it.
///
/// Thread-safe: a shared mutex, and none at all for a record that was checked since the last purge.
/// Selectors here are those of log and index: kSoftMark stands before those of soft purges.
class PurgeTable {
 public:
  /// Above so many selectors the oldest of what the table knows is given up by raising the floor:
  /// memory stays bounded (invariant I8) at the price of misses.
  static constexpr std::size_t kMaxEntries = 4'000'000;

  /// Purges older than `window` are forgotten: no record may live that long.
  explicit PurgeTable(Millis window, std::size_t max_entries = kMaxEntries)
      : window_(window), max_entries_(max_entries), index_(window, max_entries) {}

  /// Birth and sequence applied: what a fill takes as its `as_of` before it begins.
  [[nodiscard]] Stamp position() const;
  /// Moves whenever a verdict may have changed.
  [[nodiscard]] std::uint64_t version() const noexcept {
    return version_.load(std::memory_order_acquire);
  }

  /// A purge from the log, in order: the position moves to it. Nothing if it is of another birth.
  void apply(const Stamp& at, std::span<const Selector> selectors);
  /// A purge that this process has just made: in force at once, although the log's tail has not
  /// delivered it yet; the position stays.
  void apply_early(const Stamp& at, std::span<const Selector> selectors);
  /// A purge that cannot reach the log now: matches everything until `settle` gives its sequence.
  /// The same selector from elsewhere in the log does not: our write may be the later one.
  void apply_pending(std::span<const Selector> selectors);
  /// They need not stay pending, since another that matches as much is.
  void withdraw_pending(std::span<const Selector> selectors);
  /// Purges that were pending are in the log now; else like apply_early.
  void settle(const Stamp& at, std::span<const Selector> selectors);
  /// Without Redis this process is the whole fleet: the sequence is made here, at fleet time `now`.
  Sequence apply_local(std::span<const Selector> selectors, UnixTime now);

  /// An empty index to fill and hand to `reload`.
  [[nodiscard]] PurgeIndex fresh_index() const { return {window_, max_entries_}; }
  /// The index as it was at `at`. What is pending stays so. Records of another birth are invalid.
  void reload(const Stamp& at, PurgeIndex index);

  /// The usual hit compares one integer.
  [[nodiscard]] Verdict verdict(const cache::Record& record) const;
  [[nodiscard]] bool valid(const cache::Record& record) const {
    return verdict(record) == Verdict::Valid;
  }
  /// The same for something that is under way.
  [[nodiscard]] Verdict verdict(const Stamp& as_of, const Subject& subject) const;
  [[nodiscard]] bool valid(const Stamp& as_of, const Subject& subject) const {
    return verdict(as_of, subject) == Verdict::Valid;
  }

  /// When a record whose verdict is Stale was softly purged, in fleet time.
  [[nodiscard]] UnixTime soft_since(const cache::Record& record) const;

  /// How many purges of the subject are known: never less than there were. Equal before and after
  /// something but for one's own, it says that no other came between.
  [[nodiscard]] std::uint64_t count(const Subject& subject) const;

  /// Notified when the position moves.
  [[nodiscard]] net::Notifier& moved() noexcept { return moved_; }
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::size_t queued() const;

 private:
  void record_purge(Sequence sequence, std::span<const Selector> selectors);  // mutex_ held
  void record_early(const Stamp& at, std::span<const Selector> selectors);    // mutex_ held
  void changed() noexcept { version_.fetch_add(1, std::memory_order_release); }

  const Millis window_;
  const std::size_t max_entries_;
  mutable std::shared_mutex mutex_;  // guards all below but what is atomic
  Birth birth_;
  Sequence position_;
  Sequence floor_;
  PurgeIndex index_;
  std::atomic<std::uint64_t> version_{1};
  net::Notifier moved_;
};

}  // namespace wf::invalidation
