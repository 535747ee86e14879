#include "proxy/cache/memory_tier.hpp"

#include <algorithm>
#include <utility>

#include "proxy/policy/key.hpp"

namespace wf::cache {
namespace {

Bytes share_of(const config::Route& route, Bytes whole) {
  if (!route.cache || !route.cache->memory.share) return Bytes{0};
  return route.cache->memory.share->of(whole);
}

/// What is left for those without a share.
Bytes rest_of(const config::Config& config) {
  std::uint64_t left = config.store.memory.size.count;
  for (const config::Route& route : config.routes) {
    left -= std::min(left, share_of(route, config.store.memory.size).count);
  }
  return Bytes{left};
}

void add(MemoryStats& sum, const MemoryStats& part) noexcept {
  sum.entries += part.entries;
  sum.bytes += part.bytes;
  sum.hits += part.hits;
  sum.misses += part.misses;
  sum.evictions += part.evictions;
  sum.refused += part.refused;
}

}  // namespace

MemoryTier::MemoryTier(const config::Config& config) : common_(rest_of(config)) {
  for (const config::Route& route : config.routes) {
    const Bytes share = share_of(route, config.store.memory.size);
    const bool second = route.cache && route.cache->memory.admit == config::Admit::Second;
    if (share == Bytes{0} && !second) continue;
    Part& part = parts_.emplace_back();
    part.route = route.name;
    part.share = share;
    if (share > Bytes{0}) part.own.emplace(share);
    if (second) part.doorkeeper = std::make_unique<Doorkeeper>();
  }
}

MemoryTier::Part* MemoryTier::part_of(const LookupKey& key) noexcept {
  if (parts_.empty()) return nullptr;
  const std::string_view route = policy::name_space_of(key.text);
  for (Part& part : parts_) {
    if (part.route == route) return &part;
  }
  return nullptr;
}

MemoryStore& MemoryTier::store_of(Part* part) noexcept {
  return part != nullptr && part->own ? *part->own : common_;
}

RecordPtr MemoryTier::find(const LookupKey& key, UnixTime now) {
  return store_of(part_of(key)).find(key, now);
}

void MemoryTier::insert(const LookupKey& key, RecordPtr record, UnixTime expires) {
  Part* const part = part_of(key);
  MemoryStore& store = store_of(part);
  const bool guarded = part != nullptr && part->doorkeeper != nullptr;
  if (guarded && record->kind == RecordKind::Response && !part->doorkeeper->knock(key.hash)) {
    part->not_admitted.fetch_add(1, std::memory_order_relaxed);
    store.erase(key);
    return;
  }
  store.insert(key, std::move(record), expires);
}

void MemoryTier::erase(const LookupKey& key) { store_of(part_of(key)).erase(key); }

void MemoryTier::erase_sibling(const LookupKey& key, std::uint64_t hash) {
  store_of(part_of(key)).erase_hash(hash);
}

void MemoryTier::clear() {
  common_.clear();
  for (Part& part : parts_) {
    if (part.own) part.own->clear();
  }
}

void MemoryTier::visit(Cursor& cursor, std::size_t most, std::vector<RecordPtr>& out) {
  MemoryStore& store = store_of(cursor.part == 0 ? nullptr : &parts_[cursor.part - 1]);
  store.visit(cursor.place, most, out);
  if (!cursor.place.done) return;
  cursor.place = {};
  do {
    ++cursor.part;  // what has no share of its own was seen in what all share
  } while (cursor.part <= parts_.size() && !parts_[cursor.part - 1].own);
  cursor.done = cursor.part > parts_.size();
}

MemoryStats MemoryTier::stats() const noexcept {
  MemoryStats sum = common_.stats();
  for (const Part& part : parts_) {
    if (part.own) add(sum, part.own->stats());
  }
  return sum;
}

std::vector<PartStats> MemoryTier::parts() const {
  std::vector<PartStats> out;
  for (const Part& part : parts_) {
    PartStats& stats = out.emplace_back();
    stats.route = part.route;
    stats.share = part.share;
    if (part.own) stats.stats = part.own->stats();
    stats.not_admitted = part.not_admitted.load(std::memory_order_relaxed);
  }
  return out;
}

}  // namespace wf::cache
