// Purging: into the ordered stream that the fleet shares, and until the fleet has obeyed (design
// §7).
#pragma once

#include <mutex>
#include <set>
#include <span>
#include <vector>

#include "proxy/invalidation/coherence.hpp"
#include "proxy/invalidation/log_calls.hpp"
#include "proxy/invalidation/purge_table.hpp"
#include "proxy/invalidation/refetch_queue.hpp"
#include "proxy/invalidation/reports.hpp"

namespace wf::invalidation {

/// Thread-safe.
class PurgeLog {
 public:
  /// `clock` gives purges their time where there is no Redis.
  PurgeLog(PurgeTable& table, const FleetClock& clock, LogSettings settings)
      : table_(table), clock_(clock), settings_(std::move(settings)) {}

  /// Appends in one step; in force here at once. Then waits as `what.wait` says, `timeout` at most.
  /// `redis`: the calling worker's; null where the log is not shared.
  [[nodiscard]] net::Task<Receipt> purge(redis::Commands* redis, Purge what, Millis timeout);

  /// Appends what could not be while Redis was down. On error it stays pending.
  [[nodiscard]] net::Task<Result<void>> append_pending(redis::Commands& redis);
  /// Selectors that Redis does not know of yet; at most kMostPending, then one for everything.
  [[nodiscard]] std::size_t pending() const;
  static constexpr std::size_t kMostPending = 100'000;

  [[nodiscard]] const LogSettings& settings() const noexcept { return settings_; }
  /// Filled from the channel of the settings.
  [[nodiscard]] Reports& reports() noexcept { return reports_; }
  /// What is to be fetched again. Filled by the log's follower; without Redis by `purge`.
  [[nodiscard]] RefetchQueue& refetches() noexcept { return refetches_; }

 private:
  /// All of them, in as few entries as the script takes; the answer to the last.
  [[nodiscard]] net::Task<Result<FleetReply>> append_all(redis::Commands& redis,
                                                         std::span<const Selector> selectors,
                                                         std::string_view flags);
  [[nodiscard]] net::Task<Receipt> wait_for_fleet(redis::Commands& redis, Coherence coherence,
                                                  net::Notifier::TimePoint give_up);
  void make_pending(const std::vector<Selector>& selectors);
  /// Takes up to one entry's worth of what is pending.
  [[nodiscard]] std::vector<Selector> take_pending();
  void put_back(const std::vector<Selector>& selectors);
  void settle(const Stamp& at, std::vector<Selector> selectors);

  PurgeTable& table_;
  const FleetClock& clock_;
  const LogSettings settings_;
  Reports reports_;
  RefetchQueue refetches_;
  mutable std::mutex mutex_;  // guards pending_; may be held while the table's is taken
  std::set<Selector> pending_;
};

}  // namespace wf::invalidation
