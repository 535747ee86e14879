// How a proxy keeps up with the purge log and keeps its lease (design §7).
#pragma once

#include <vector>

#include "proxy/invalidation/lease.hpp"
#include "proxy/invalidation/log_calls.hpp"
#include "proxy/invalidation/purge_table.hpp"
#include "proxy/invalidation/refetch_queue.hpp"
#include "proxy/invalidation/server_identity.hpp"
#include "proxy/net/notifier.hpp"

namespace wf::invalidation {

/// One per process, used by one coroutine. What it learns goes to the table and the lease.
class LogFollower {
 public:
  struct Parts {
    PurgeTable& table;
    Lease& lease;
    FleetClock& clock;
    ServerIdentity& server;
    RefetchQueue& refetches;
  };
  LogFollower(Parts parts, const LogSettings& settings) : parts_(parts), settings_(settings) {}

  /// Applies what is new and renews the lease, by as many round trips as that takes; reloads where
  /// the birth is new or the log was trimmed past the position. An error ends no lease by itself.
  [[nodiscard]] net::Task<Result<void>> catch_up(redis::Commands& redis);
  /// Waits for news, on a connection that may block; no longer than until the lease wants renewal.
  [[nodiscard]] net::Task<Result<void>> await_news(redis::Commands& redis);

  /// How often everything was read anew.
  [[nodiscard]] std::uint64_t reloads() const noexcept { return reloads_; }

 private:
  /// True: there is more to do at once.
  [[nodiscard]] net::Task<Result<bool>> turn(redis::Commands& redis);
  [[nodiscard]] net::Task<Result<void>> reload(redis::Commands& redis);
  void apply(const std::vector<LogEntry>& entries);
  void synchronise(UnixTime remote, SteadyTime asked);

  Parts parts_;
  const LogSettings& settings_;
  std::uint64_t reloads_ = 0;
  Tell tell_ = Tell::No;  // a purge that somebody waits for was applied since the last report
  net::Notifier::TimePoint next_synchronisation_{};
};

}  // namespace wf::invalidation
