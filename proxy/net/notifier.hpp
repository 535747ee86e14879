// A condition that coroutines on any worker may wait for.
//
// The pattern is an event count, so that no wake-up is lost and no lock is held while waiting:
//     auto seen = notifier.epoch();
//     if (condition()) …            // under the caller's own lock, released before the wait
//     co_await notifier.wait(seen, deadline);   // returns at once if notified since
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "proxy/net/task.hpp"

namespace wf::net {

/// Thread-safe. Must outlive its waiters.
class Notifier {
 public:
  using Epoch = std::uint64_t;
  using TimePoint = std::chrono::steady_clock::time_point;

  Notifier();
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  [[nodiscard]] Epoch epoch() const;
  /// Returns when notify_all was called since `seen`, at the deadline, or, where memory is short,
  /// for no reason; re-check the condition.
  [[nodiscard]] Task<void> wait(Epoch seen, TimePoint deadline);
  /// Needs no memory: who waits was given what waking takes.
  void notify_all() noexcept;
  [[nodiscard]] bool has_waiters() const;

 private:
  struct Waiter;
  void remove(const std::shared_ptr<Waiter>& waiter);

  mutable std::mutex mutex_;
  Epoch epoch_ = 0;
  std::vector<std::shared_ptr<Waiter>> waiters_;
};

/// The moment that lies `delay` ahead, for `wait`.
[[nodiscard]] Notifier::TimePoint after(std::chrono::milliseconds delay) noexcept;

}  // namespace wf::net
