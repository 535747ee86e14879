#include "proxy/invalidation/lease.hpp"

namespace wf::invalidation {

namespace {

/// Of a lease, given away for clocks of different speed: far more than any real clock drifts.
constexpr int kMarginPart = 50;

}  // namespace

Lease::Lease(bool shared, Millis grace)
    : shared_(shared),
      grace_(BootClock::duration{grace}.count()),
      ends_(boot_now().time_since_epoch().count()),
      heard_(ends_.load()) {}

void Lease::granted(TimePoint sent, Millis length) noexcept {
  const TimePoint ends = sent + length - length / kMarginPart;
  ends_.store(ends.time_since_epoch().count(), std::memory_order_release);
  down_.store(false, std::memory_order_release);
  heard_.store(sent.time_since_epoch().count(), std::memory_order_relaxed);
}

Millis Lease::silence() const noexcept {
  if (!shared_) return Millis{0};
  const BootClock::duration heard{heard_.load(std::memory_order_relaxed)};
  return std::chrono::floor<Millis>(boot_now().time_since_epoch() - heard);
}

void Lease::redis_failed(TimePoint now) noexcept {
  if (now.time_since_epoch().count() < ends_.load(std::memory_order_acquire)) {
    down_.store(true, std::memory_order_release);
  }
}

void Lease::give_up() noexcept {
  down_.store(false, std::memory_order_release);
  ends_.store(0, std::memory_order_release);
}

Trust Lease::trust(TimePoint now) const noexcept {
  if (!shared_) return Trust::Exact;
  const Count count = now.time_since_epoch().count();
  const Count ends = ends_.load(std::memory_order_acquire);
  if (count < ends) return Trust::Exact;
  const bool graced = down_.load(std::memory_order_acquire) && count - ends < grace_;
  return graced ? Trust::Grace : Trust::None;
}

}  // namespace wf::invalidation
