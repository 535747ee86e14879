#include "proxy/invalidation/purge_table.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "proxy/invalidation/names.hpp"

#define XXH_INLINE_ALL  // as proxy/cache does: the short inputs here are the library's fast path
#include <xxhash.h>

namespace wf::invalidation {

PurgeTable::SelectorHash PurgeTable::hash(std::string_view selector) noexcept {
  const XXH128_hash_t h = XXH3_128bits(selector.data(), selector.size());
  return {h.high64, h.low64};
}

Stamp PurgeTable::position() const {
  const std::shared_lock lock{mutex_};
  return {birth_, position_};
}

std::size_t PurgeTable::size() const {
  const std::shared_lock lock{mutex_};
  return newest_.size();
}

std::size_t PurgeTable::patterns() const {
  const std::shared_lock lock{mutex_};
  return patterns_.size();
}

std::size_t PurgeTable::queued() const {
  const std::shared_lock lock{mutex_};
  return by_age_.size();
}

void PurgeTable::apply(Sequence sequence, std::span<const Selector> selectors) {
  {
    const std::unique_lock lock{mutex_};
    record_purge(sequence, selectors);
    position_ = std::max(position_, sequence);
    version_.fetch_add(1, std::memory_order_release);
  }
  moved_.notify_all();
}

void PurgeTable::apply_early(Sequence sequence, std::span<const Selector> selectors) {
  const std::unique_lock lock{mutex_};
  record_purge(sequence, selectors);
  version_.fetch_add(1, std::memory_order_release);
}

void PurgeTable::apply_pending(std::span<const Selector> selectors) {
  const std::unique_lock lock{mutex_};
  for (const Selector& selector : selectors) {
    newest_[hash(selector)].pending = true;
    note_pattern(selector);
  }
  version_.fetch_add(1, std::memory_order_release);
}

void PurgeTable::settle(Sequence sequence, std::span<const Selector> selectors) {
  const std::unique_lock lock{mutex_};
  for (const Selector& selector : selectors) newest_[hash(selector)].pending = false;
  record_purge(sequence, selectors);
  version_.fetch_add(1, std::memory_order_release);
}

Sequence PurgeTable::apply_local(std::span<const Selector> selectors) {
  Sequence sequence;
  {
    const std::unique_lock lock{mutex_};
    sequence = {position_.ms, position_.n + 1};
    record_purge(sequence, selectors);
    position_ = sequence;
    version_.fetch_add(1, std::memory_order_release);
  }
  moved_.notify_all();
  return sequence;
}

void PurgeTable::reset(Birth birth, Sequence floor) {
  {
    const std::unique_lock lock{mutex_};
    if (birth != birth_) {
      // Purges of another birth say nothing of this one's sequences, but one that never reached any
      // log stays in force until it does.
      std::erase_if(newest_, [](const auto& entry) { return !entry.second.pending; });
      for (auto& [selector, entry] : newest_) entry = {{}, true, false};
      by_age_.clear();
      position_ = floor;
    }
    birth_ = birth;
    floor_ = floor;
    position_ = std::max(position_, floor);
    version_.fetch_add(1, std::memory_order_release);
  }
  moved_.notify_all();
}

void PurgeTable::note_pattern(const Selector& selector) {
  if (kind_of(selector) != SelectorKind::Pattern || patterns_.contains(selector)) return;
  std::erase_if(patterns_, [this](const Selector& old) { return !newest_.contains(hash(old)); });
  patterns_.insert(selector);
}

void PurgeTable::record_purge(Sequence sequence, std::span<const Selector> selectors) {
  for (const Selector& selector : selectors) {
    const SelectorHash key = hash(selector);
    Entry& entry = newest_[key];
    note_pattern(selector);
    // The echo of a purge of ours is no other purge; one that overtook it counts twice.
    if (sequence != entry.newest) ++entry.count;
    entry.newest = std::max(entry.newest, sequence);
    // One place in the queue, however often a selector is purged.
    if (!std::exchange(entry.aged, true)) by_age_.push_back({key, sequence});
  }
  forget_old(sequence);
}

void PurgeTable::forget_old(Sequence newest) {
  const auto window = static_cast<std::uint64_t>(window_.count());
  while (!by_age_.empty()) {
    const Aged oldest = by_age_.front();
    const bool too_old = newest.ms > window && oldest.sequence.ms < newest.ms - window;
    if (!too_old && newest_.size() <= max_entries_) break;
    by_age_.pop_front();
    const auto found = newest_.find(oldest.selector);
    Entry& entry = found->second;
    if (entry.newest > oldest.sequence) {
      // Purged again since: its turn comes later.
      by_age_.push_back({oldest.selector, entry.newest});
      continue;
    }
    if (!too_old) floor_ = std::max(floor_, oldest.sequence);
    entry.aged = false;
    if (!entry.pending) newest_.erase(found);
  }
}

bool PurgeTable::valid_locked(const Stamp& as_of, std::string_view key,
                              std::span<const std::string> tags) const {
  if (as_of.birth != birth_ || as_of.sequence < floor_) return false;
  if (newest_.empty()) return true;
  const std::vector<Selector> selectors = names_of(key, tags, patterns_);
  return std::none_of(selectors.begin(), selectors.end(), [&](const Selector& selector) {
    const auto found = newest_.find(hash(selector));
    return found != newest_.end() &&
           (found->second.pending || found->second.newest > as_of.sequence);
  });
}

std::uint64_t PurgeTable::count(std::string_view key) const {
  const std::shared_lock lock{mutex_};
  const std::vector<Selector> selectors = names_of(key, {}, patterns_);
  std::uint64_t count = 0;
  for (const Selector& selector : selectors) {
    const auto found = newest_.find(hash(selector));
    if (found != newest_.end()) count += found->second.count + (found->second.pending ? 1 : 0);
  }
  return count;
}

bool PurgeTable::valid(const Stamp& as_of, std::string_view key) const {
  const std::shared_lock lock{mutex_};
  return valid_locked(as_of, key, {});
}

bool PurgeTable::valid(const cache::Record& record) const {
  // Read before the judgement: a purge that comes in between makes the mark too old, not too new.
  const std::uint64_t now = version();
  if (record.checked.load(std::memory_order_relaxed) == now) return true;
  {
    const std::shared_lock lock{mutex_};
    if (!valid_locked(record.as_of, record.key, record.tags)) return false;
  }
  record.checked.store(now, std::memory_order_relaxed);
  return true;
}

}  // namespace wf::invalidation
