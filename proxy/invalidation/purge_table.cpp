#include "proxy/invalidation/purge_table.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace wf::invalidation {

Stamp PurgeTable::position() const {
  const std::shared_lock lock{mutex_};
  return {birth_, position_};
}

std::size_t PurgeTable::size() const {
  const std::shared_lock lock{mutex_};
  return index_.size();
}

std::size_t PurgeTable::queued() const {
  const std::shared_lock lock{mutex_};
  return index_.queued();
}

void PurgeTable::apply(const Stamp& at, std::span<const Selector> selectors) {
  {
    const std::unique_lock lock{mutex_};
    if (at.birth != birth_) return;
    record_purge(at.sequence, selectors);
    position_ = std::max(position_, at.sequence);
    changed();
  }
  moved_.notify_all();
}

void PurgeTable::apply_early(const Stamp& at, std::span<const Selector> selectors) {
  const std::unique_lock lock{mutex_};
  record_early(at, selectors);
  changed();
}

void PurgeTable::apply_pending(std::span<const Selector> selectors) {
  const std::unique_lock lock{mutex_};
  for (const Selector& selector : selectors) index_.set_pending(selector, true);
  changed();
}

void PurgeTable::withdraw_pending(std::span<const Selector> selectors) {
  const std::unique_lock lock{mutex_};
  for (const Selector& selector : selectors) index_.set_pending(selector, false);
}

void PurgeTable::settle(const Stamp& at, std::span<const Selector> selectors) {
  const std::unique_lock lock{mutex_};
  for (const Selector& selector : selectors) index_.set_pending(selector, false);
  record_early(at, selectors);
  changed();
}

Sequence PurgeTable::apply_local(std::span<const Selector> selectors, UnixTime now) {
  const auto ms = static_cast<std::uint64_t>(std::max(now, UnixTime{}).time_since_epoch().count());
  Sequence sequence;
  {
    const std::unique_lock lock{mutex_};
    sequence = std::max(Sequence{ms, 0}, Sequence{position_.ms, position_.n + 1});
    record_purge(sequence, selectors);
    position_ = sequence;
    changed();
  }
  moved_.notify_all();
  return sequence;
}

void PurgeTable::reload(const Stamp& at, PurgeIndex index) {
  {
    const std::unique_lock lock{mutex_};
    index.keep_pending_of(index_);
    if (at.birth != birth_) floor_ = {};
    birth_ = at.birth;
    position_ = at.sequence;
    floor_ = std::max(floor_, index.forget_old(at.sequence));
    std::swap(index_, index);  // the old one is freed outside the lock
    changed();
  }
  moved_.notify_all();
}

void PurgeTable::record_purge(Sequence sequence, std::span<const Selector> selectors) {
  for (const Selector& selector : selectors) index_.record(sequence, selector);
  floor_ = std::max(floor_, index_.forget_old(sequence));
}

void PurgeTable::record_early(const Stamp& at, std::span<const Selector> selectors) {
  if (at.birth == birth_) return record_purge(at.sequence, selectors);
  // A birth that is new to us: what we have is of an older one and goes with the reload. Until then
  // the purge is newer than all of it.
  for (const Selector& selector : selectors) index_.record({UINT64_MAX, UINT64_MAX}, selector);
}

Verdict PurgeTable::verdict(const Stamp& as_of, const Subject& subject) const {
  const std::shared_lock lock{mutex_};
  if (as_of.birth != birth_ || as_of.sequence < floor_) return Verdict::Invalid;
  return index_.verdict(subject, as_of.sequence);
}

Verdict PurgeTable::verdict(const cache::Record& record) const {
  // Read before the judgement: a purge that comes in between makes the mark too old, not too new.
  const std::uint64_t now = version();
  if (record.checked.load(std::memory_order_relaxed) == now) return Verdict::Valid;
  const Verdict verdict = this->verdict(record.as_of, {record.key(), record.tags()});
  if (verdict == Verdict::Valid) record.checked.store(now, std::memory_order_relaxed);
  return verdict;
}

UnixTime PurgeTable::soft_since(const cache::Record& record) const {
  const std::shared_lock lock{mutex_};
  return index_.soft_since({record.key(), record.tags()}, record.as_of.sequence);
}

std::uint64_t PurgeTable::count(const Subject& subject) const {
  const std::shared_lock lock{mutex_};
  return index_.count(subject);
}

}  // namespace wf::invalidation
