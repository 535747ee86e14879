// What each client's address takes: connections now, requests of late. Bounded in size (I8).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>

#include "config/types.hpp"
#include "proxy/base/clock.hpp"
#include "proxy/message/ip_address.hpp"

namespace wf::server {

/// Thread-safe; short locks, none held while anything waits. Addresses count as
/// message::counted_as says. Where a limit is 0 nothing is remembered for it.
class AddressTable {
 public:
  explicit AddressTable(const config::AddressLimits& limits);

  /// A connection has come; false: it is one too many, and does not count. Else `disconnect` must
  /// follow once.
  [[nodiscard]] bool connect(const message::IpAddress& address);
  void disconnect(const message::IpAddress& address) noexcept;

  /// A request has come: 0 if it may be answered, else the time after which one may come, and then
  /// this one does not count. A bucket of `burst` requests that fills by requests_per_second.
  [[nodiscard]] Micros request(const message::IpAddress& address, SteadyTime now);

  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    unsigned connections = 0;
    SteadyTime full_at{};  ///< when its bucket will be full again
  };
  struct Shard {
    mutable std::mutex mutex;
    std::map<message::IpAddress, Entry> entries;  // ordered: nobody can choose keys that collide
  };
  [[nodiscard]] Shard& shard_of(const message::IpAddress& address) noexcept;
  /// Makes room where there is none; the lock of the shard is held.
  void make_room(Shard& shard, SteadyTime now);

  static constexpr std::size_t kShards = 16;

  const config::AddressLimits limits_;
  const std::size_t most_per_shard_;
  const Micros per_request_;  // what one takes out of the bucket; 0: no limit
  std::array<Shard, kShards> shards_;
};

}  // namespace wf::server
