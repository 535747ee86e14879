// The ordered stream of purges, shared by the fleet (design §7).
//
// This is the protocol's first, simplest form: append, tail, `as_of`, and a birth that makes every
// older record invalid when the log was lost. The log itself serves as the index: a proxy that
// joins reads all of it, and a record older than the log's first entry is invalid.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "proxy/base/clock.hpp"
#include "proxy/invalidation/purge.hpp"
#include "proxy/invalidation/purge_table.hpp"
#include "proxy/net/notifier.hpp"
#include "proxy/net/task.hpp"
#include "proxy/redis/command.hpp"

namespace wf::invalidation {

struct PurgeLogSettings {
  std::string log_key;    ///< "{wf}:log"
  std::string birth_key;  ///< "{wf}:birth"
  Millis retention{0};    ///< no record lives longer
  bool shared = false;    ///< false: no Redis, this process is the whole fleet
};

/// Thread-safe but for `follow_once`, which one coroutine of the process calls in a loop.
class PurgeLog {
 public:
  PurgeLog(PurgeTable& table, FleetClock& clock, PurgeLogSettings settings);

  /// Appends in one step; in force here at once. Then waits as `what.wait` says, `timeout` at most.
  /// `redis`: the calling worker's; null where the log is not shared.
  [[nodiscard]] net::Task<Receipt> purge(redis::Commands* redis, Purge what, Millis timeout);

  /// One turn of following the log, on a connection that may block: makes sure of the birth,
  /// appends what is pending, and reads the log to its end; if there was nothing new, waits up to
  /// `block` for it.
  [[nodiscard]] net::Task<Result<void>> follow_once(redis::Commands& redis, Millis block);

  /// How long ago the log was last known to be followed to its end. 0 where it is not shared.
  [[nodiscard]] Millis silence() const noexcept;
  [[nodiscard]] std::size_t pending() const;

 private:
  [[nodiscard]] net::Task<Result<void>> attach(redis::Commands& redis);
  /// All of them, in as few entries as Lua's stack allows; the last one's sequence.
  [[nodiscard]] net::Task<Result<Sequence>> append(redis::Commands& redis,
                                                   std::span<const Selector> selectors);
  [[nodiscard]] net::Task<Result<Sequence>> append_entry(redis::Commands& redis,
                                                         std::span<const Selector> selectors);
  [[nodiscard]] net::Task<Result<void>> append_pending(redis::Commands& redis);
  /// Takes up to one entry's worth of what is pending.
  [[nodiscard]] std::vector<Selector> take_pending();
  void settle(Sequence sequence, std::vector<Selector> selectors);
  /// Reads and applies once; how many entries came. `block` 0: does not wait.
  [[nodiscard]] net::Task<Result<std::size_t>> read_log(redis::Commands& redis, Millis block);
  [[nodiscard]] Result<void> apply_entries(std::span<const redis::Reply> entries);
  void touch() noexcept;
  void synchronise(const redis::Reply& seconds, const redis::Reply& micros, SteadyTime asked);

  PurgeTable& table_;
  FleetClock& clock_;
  const PurgeLogSettings settings_;
  /// When the log was last heard of; timer_now, since a link dies in real time even in tests.
  std::atomic<std::int64_t> contact_;
  net::Notifier::TimePoint next_synchronisation_{};  // of the follower
  mutable std::mutex mutex_;                         // guards pending_
  std::set<Selector> pending_;
};

}  // namespace wf::invalidation
