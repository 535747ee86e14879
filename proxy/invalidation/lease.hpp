// How long this proxy may trust what it knows of purges (design §7, §8).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "proxy/base/clock.hpp"

namespace wf::invalidation {

/// What answers may come from now.
enum class Trust : std::uint8_t {
  Exact,  ///< memory and Redis: every purge that has returned is known here
  Grace,  ///< memory alone: Redis is down, and the configuration allows it for a while
  None,   ///< the origin: nothing stored, and no fill whose origin request is out
};

/// Thread-safe; reading it is one or two atomic loads. Counts in timer_now: a lease ends in real
/// time, also where tests fake the time of caching.
class Lease {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// `shared` false: there is no Redis, and the trust is always exact. `grace`: how long memory is
  /// trusted while Redis is down. At first Redis counts as down.
  Lease(bool shared, Millis grace);

  /// Counts from the moment at which the renewal was *sent*, and ends a little before Redis says
  /// so: clocks do not run at one speed.
  void granted(TimePoint sent, Millis length) noexcept;
  /// Redis does not answer. Whoever learns of it only after the lease has ended may have slept
  /// himself, and has no grace.
  void redis_failed(TimePoint now) noexcept;
  /// It does, on other connections: there is no grace for who merely does not hear of purges.
  void redis_answers() noexcept { down_.store(false, std::memory_order_release); }
  /// Ends the lease, and any grace.
  void give_up() noexcept;

  [[nodiscard]] Trust trust(TimePoint now) const noexcept;
  /// Since the renewal that was granted last was sent, or since the beginning; 0 without Redis.
  [[nodiscard]] Millis silence() const noexcept;
  [[nodiscard]] Trust trust() const noexcept { return shared_ ? trust(timer_now()) : Trust::Exact; }

 private:
  using Count = std::chrono::steady_clock::rep;
  const bool shared_;
  const Count grace_;
  std::atomic<Count> ends_;
  std::atomic<Count> heard_;
  std::atomic<bool> down_{true};
};

}  // namespace wf::invalidation
