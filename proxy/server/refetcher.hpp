// What purges of mode `refresh` have made stale is fetched again, without anybody asking for it.
#pragma once

#include "proxy/invalidation/purge_index.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

/// Each proxy looks through its own memory: what is there is wanted. The fills are the same as any
/// others, so the fleet lock makes them one per fleet. Without a lease nothing is fetched, since
/// the lock could not be had: whoever asks next refreshes.
///
/// Lives on one worker; `start` once, `stop` before that worker drains.
class Refetcher {
 public:
  /// Fills at a time, so that a purge of everything does not become a flood at the origin.
  static constexpr std::size_t kAtOnce = 4;

  explicit Refetcher(Worker& worker);

  void start();
  [[nodiscard]] net::Task<void> stop();

 private:
  [[nodiscard]] net::Task<void> run();
  /// One walk through memory for selectors that came together.
  [[nodiscard]] net::Task<void> refetch(std::vector<invalidation::Selector> selectors);
  [[nodiscard]] net::Task<void> refetch_one(cache::RecordPtr record);
  /// Waits until another fill may begin. False: there is no more to do.
  [[nodiscard]] net::Task<bool> wait_for_room();
  [[nodiscard]] bool wanted(const cache::Record& record,
                            const invalidation::PurgeIndex& named) const;

  Worker& worker_;
  net::TaskGroup walking_;
  net::TaskGroup fetching_;
  net::Notifier changed_;  // a fill has ended, or `stopping_`
  bool stopping_ = false;
};

}  // namespace wf::server
