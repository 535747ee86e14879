// Time that counts while the machine sleeps.
#pragma once

#include <chrono>

namespace wf {

/// Time since the machine started, its sleep included (CLOCK_BOOTTIME), which
/// std::chrono::steady_clock leaves out: a virtual machine that was suspended for an hour must not
/// believe that its lease is still running. A type of its own, so that no timer is set by it; it
/// has no `now`, which is for `boot_now` alone.
struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};

/// Defined beside the other clocks, in clock.cpp (invariant I4).
[[nodiscard]] BootClock::time_point boot_now() noexcept;

}  // namespace wf
