#include "proxy/base/clock.hpp"

#include <cstdlib>
#include <ctime>

#include "proxy/base/boot_clock.hpp"

namespace wf {
namespace {

std::int64_t steady_ms(const Clock& clock) noexcept {
  return std::chrono::floor<Millis>(clock.steady()).time_since_epoch().count();
}

// Differences below this are the noise of one round trip, and moving the clock for them would only
// make ages jitter.
constexpr std::int64_t kNoiseMs = 20;

}  // namespace

std::chrono::steady_clock::time_point timer_now() noexcept {
  return std::chrono::steady_clock::now();
}

BootClock::time_point boot_now() noexcept {
  timespec time{};
  // Linux has it since 2.6.39; without it there is nothing to fall back on that would be safe.
  if (::clock_gettime(CLOCK_BOOTTIME, &time) != 0) std::abort();
  return BootClock::time_point{std::chrono::seconds{time.tv_sec} +
                               std::chrono::nanoseconds{time.tv_nsec}};
}

SteadyTime SystemClock::steady() const noexcept {
  // The type is that of clocks whose epoch means nothing; what is read counts the machine's sleep,
  // so that what is stored ages meanwhile.
  return SteadyTime{std::chrono::floor<Micros>(boot_now().time_since_epoch())};
}

UnixTime SystemClock::wall() const noexcept {
  return std::chrono::floor<Millis>(std::chrono::system_clock::now());
}

SteadyTime FakeClock::steady() const noexcept {
  return SteadyTime{Micros{1'000'000'000} + Millis{elapsed_.load()}};
}

UnixTime FakeClock::wall() const noexcept { return start_ + Millis{elapsed_.load()}; }

FleetClock::FleetClock(const Clock& clock) noexcept
    : clock_(clock), offset_ms_(clock.wall().time_since_epoch().count() - steady_ms(clock)) {}

UnixTime FleetClock::now() const noexcept {
  return UnixTime{Millis{steady_ms(clock_) + offset_ms_.load(std::memory_order_relaxed)}};
}

void FleetClock::synchronise(UnixTime remote, SteadyTime measured_at) noexcept {
  const auto measured = std::chrono::floor<Millis>(measured_at).time_since_epoch().count();
  const auto offset = remote.time_since_epoch().count() - measured;
  if (std::llabs(offset - offset_ms_.load(std::memory_order_relaxed)) > kNoiseMs) {
    offset_ms_.store(offset, std::memory_order_relaxed);
  }
}

}  // namespace wf
