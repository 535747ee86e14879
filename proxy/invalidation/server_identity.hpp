// Which Redis server the purge table follows, so that no other is read from (design §7).
#pragma once

#include <mutex>
#include <string>

#include "proxy/invalidation/lease.hpp"
#include "proxy/net/notifier.hpp"
#include "proxy/redis/command.hpp"

namespace wf::invalidation {

/// Thread-safe.
class ServerIdentity {
 public:
  explicit ServerIdentity(Lease& lease) : lease_(lease) {}

  /// The log's follower has loaded everything from that server.
  void set(std::string identity);
  [[nodiscard]] std::string get() const;

  /// Before a new connection is used: whether it leads to that server. Where nothing is followed
  /// yet, or another server, waits up to `patience` for the follower to come to it. A server that
  /// stays another is refused, and the lease is given up: one of the two is not the fleet's.
  [[nodiscard]] net::Task<Result<void>> admit(redis::Commands& connection, Millis patience);

  /// How often a connection was refused: the follower then connects anew, too.
  [[nodiscard]] std::uint64_t refused() const;

 private:
  Lease& lease_;
  mutable std::mutex mutex_;  // guards identity_ and refused_
  std::string identity_;
  std::uint64_t refused_ = 0;
  net::Notifier changed_;
};

}  // namespace wf::invalidation
