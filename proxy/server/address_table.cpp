#include "proxy/server/address_table.hpp"

#include <algorithm>

namespace wf::server {

AddressTable::AddressTable(const config::AddressLimits& limits)
    : limits_(limits),
      most_per_shard_(std::max<std::size_t>(1, limits.remembered / kShards)),
      per_request_(limits.requests_per_second == 0
                       ? Micros{0}
                       : Micros{std::max(1U, 1'000'000U / limits.requests_per_second)}) {}

AddressTable::Shard& AddressTable::shard_of(const message::IpAddress& address) noexcept {
  std::uint32_t mixed = 2166136261U;  // FNV-1a; a shard that is fuller than others is no harm
  for (const std::uint8_t byte : address.bytes) mixed = (mixed ^ byte) * 16777619U;
  return shards_.at((mixed >> 16U) % kShards);
}

// Those whose bucket is full and who have no connection say nothing. If that is not enough, all
// without a connection are forgotten: who has thousands of addresses gains nothing by it that he
// did not have.
void AddressTable::make_room(Shard& shard, SteadyTime now) {
  if (shard.entries.size() < most_per_shard_) return;
  std::erase_if(shard.entries, [&](const auto& entry) {
    return entry.second.connections == 0 && entry.second.full_at <= now;
  });
  if (shard.entries.size() < most_per_shard_) return;
  std::erase_if(shard.entries, [](const auto& entry) { return entry.second.connections == 0; });
}

bool AddressTable::connect(const message::IpAddress& address) {
  if (limits_.connections == 0) return true;
  const message::IpAddress key = counted_as(address);
  Shard& shard = shard_of(key);
  const std::lock_guard lock{shard.mutex};
  auto found = shard.entries.find(key);
  if (found == shard.entries.end()) {
    make_room(shard, SteadyTime::max());
    // Everybody there has a connection: as many as there may be in all.
    if (shard.entries.size() >= most_per_shard_) return false;
    found = shard.entries.emplace(key, Entry{}).first;
  }
  if (found->second.connections >= limits_.connections) return false;
  ++found->second.connections;
  return true;
}

void AddressTable::disconnect(const message::IpAddress& address) noexcept {
  if (limits_.connections == 0) return;
  const message::IpAddress key = counted_as(address);
  Shard& shard = shard_of(key);
  const std::lock_guard lock{shard.mutex};
  const auto found = shard.entries.find(key);
  if (found == shard.entries.end()) return;
  if (--found->second.connections == 0 && per_request_ == Micros{0}) shard.entries.erase(found);
}

Micros AddressTable::request(const message::IpAddress& address, SteadyTime now) {
  if (per_request_ == Micros{0}) return Micros{0};
  const message::IpAddress key = counted_as(address);
  const Micros holds = per_request_ * limits_.burst;
  Shard& shard = shard_of(key);
  const std::lock_guard lock{shard.mutex};
  auto found = shard.entries.find(key);
  if (found == shard.entries.end()) {
    make_room(shard, now);
    if (shard.entries.size() >= most_per_shard_) return Micros{0};
    found = shard.entries.emplace(key, Entry{}).first;
  }
  Entry& entry = found->second;
  const SteadyTime full_at = std::max(entry.full_at, now) + per_request_;
  if (full_at - now > holds) return full_at - now - holds;
  entry.full_at = full_at;
  return Micros{0};
}

std::size_t AddressTable::size() const {
  std::size_t size = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock{shard.mutex};
    size += shard.entries.size();
  }
  return size;
}

}  // namespace wf::server
