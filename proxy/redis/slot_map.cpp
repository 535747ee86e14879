#include "proxy/redis/slot_map.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "proxy/redis/rejection.hpp"

namespace wf::redis {
namespace {

Error malformed(const Reply& reply) { return unexpected("CLUSTER SLOTS", reply); }

/// [host, port, id, …]. The host is nil or empty where the node does not know its own, and "?"
/// where it knows no name for another.
std::optional<config::Address> parse_node(const Reply& reply, const config::Address& asked) {
  const auto parts = reply.elements();
  if (parts.size() < 2) return std::nullopt;
  const std::int64_t port = parts[1].integer();
  if (port <= 0 || port > std::numeric_limits<std::uint16_t>::max()) return std::nullopt;
  config::Address address{std::string{parts[0].text()}, static_cast<std::uint16_t>(port), {}};
  if (address.host.empty()) address.host = asked.host;
  return address;
}

}  // namespace

Result<SlotMap> SlotMap::parse(const Reply& reply, const config::Address& asked) {
  if (reply.type() != Reply::Type::Array) return malformed(reply);
  SlotMap map;
  for (const Reply& range : reply.elements()) {
    const Result<void> added = map.add(range, asked);
    if (!added) return added.error();
  }
  return map;
}

Result<void> SlotMap::add(const Reply& range, const config::Address& asked) {
  const auto parts = range.elements();
  if (parts.size() < 3) return malformed(range);
  const std::int64_t first = parts[0].integer();
  const std::int64_t last = parts[1].integer();
  const auto master = parse_node(parts[2], asked);
  if (first < 0 || last < first || last >= kHashSlots || !master) return malformed(range);
  const Index shard = shard_of(*master);
  if (shards_[shard].replicas.empty()) {
    for (const Reply& node : parts.subspan(3)) {
      const auto replica = parse_node(node, asked);
      if (!replica) return malformed(range);
      if (replica->host != "?") shards_[shard].replicas.push_back(*replica);
    }
  }
  std::fill(owners_.begin() + first, owners_.begin() + last + 1, shard);
  return {};
}

SlotMap::Index SlotMap::shard_of(const config::Address& master) {
  const auto found = std::find_if(shards_.begin(), shards_.end(),
                                  [&](const Shard& shard) { return shard.master == master; });
  if (found != shards_.end()) return static_cast<Index>(found - shards_.begin());
  shards_.push_back(Shard{master, {}});
  return static_cast<Index>(shards_.size() - 1);
}

const config::Address* SlotMap::owner(HashSlot slot) const noexcept {
  const Index shard = owners_[slot];
  return shard != kNobody ? &shards_[shard].master : nullptr;
}

const std::vector<config::Address>& SlotMap::replicas(HashSlot slot) const noexcept {
  static const std::vector<config::Address> kNone;
  const Index shard = owners_[slot];
  return shard != kNobody ? shards_[shard].replicas : kNone;
}

void SlotMap::assign(HashSlot slot, const config::Address& master) {
  owners_[slot] = shard_of(master);
}

std::vector<config::Address> SlotMap::masters() const {
  std::vector<config::Address> masters;
  for (const Shard& shard : shards_) masters.push_back(shard.master);
  return masters;
}

std::vector<config::Address> SlotMap::all_replicas() const {
  std::vector<config::Address> all;
  for (const Shard& shard : shards_) {
    all.insert(all.end(), shard.replicas.begin(), shard.replicas.end());
  }
  return all;
}

bool SlotMap::complete() const noexcept {
  return std::find(owners_.begin(), owners_.end(), kNobody) == owners_.end();
}

}  // namespace wf::redis
