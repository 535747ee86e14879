// Which node of a Cluster owns which slot. No sockets.
#pragma once

#include <cstdint>
#include <vector>

#include "config/types.hpp"
#include "proxy/redis/hash_slot.hpp"
#include "proxy/redis/reply.hpp"

namespace wf::redis {

class SlotMap {
 public:
  /// Nobody owns anything.
  SlotMap() : owners_(kHashSlots, kNobody) {}

  /// What CLUSTER SLOTS answered. `asked` is the address of the node that did: it leaves out its
  /// own host where it does not know it. Malformed if it is no such answer.
  [[nodiscard]] static Result<SlotMap> parse(const Reply& reply, const config::Address& asked);

  /// The master of a slot; null: nobody serves it.
  [[nodiscard]] const config::Address* owner(HashSlot slot) const noexcept;
  /// Its replicas, as far as the map tells.
  [[nodiscard]] const std::vector<config::Address>& replicas(HashSlot slot) const noexcept;
  /// MOVED said so; its replicas are not known.
  void assign(HashSlot slot, const config::Address& master);

  /// The masters that own slots.
  [[nodiscard]] std::vector<config::Address> masters() const;
  [[nodiscard]] std::vector<config::Address> all_replicas() const;
  /// Whether every slot has an owner.
  [[nodiscard]] bool complete() const noexcept;

 private:
  using Index = std::uint16_t;
  static constexpr Index kNobody = 0xFFFF;
  struct Shard {
    config::Address master;
    std::vector<config::Address> replicas;
  };
  [[nodiscard]] Index shard_of(const config::Address& master);
  [[nodiscard]] Result<void> add(const Reply& range, const config::Address& asked);

  std::vector<Shard> shards_;
  std::vector<Index> owners_;  // by slot
};

}  // namespace wf::redis
