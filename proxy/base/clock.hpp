// The only place that reads a clock (invariant I4).
//
// Two times are told apart. *Steady* time never jumps; deadlines, lifetimes and ages are reckoned
// with it. *Wall* time is needed for the Date field and nothing else; it may be wrong by hours.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace wf {

using Millis = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;
using Micros = std::chrono::microseconds;

/// A point on the steady clock; the epoch means nothing.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, Micros>;
/// A point in Unix time, in milliseconds.
using UnixTime = std::chrono::sys_time<Millis>;

/// For timers of the event loop, which stay real even where tests fake the time of caching.
[[nodiscard]] std::chrono::steady_clock::time_point timer_now() noexcept;

/// Thread-safe. Passed by reference to whoever needs the time; outlives them all.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual SteadyTime steady() const noexcept = 0;
  [[nodiscard]] virtual UnixTime wall() const noexcept = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady() const noexcept override;
  [[nodiscard]] UnixTime wall() const noexcept override;
};

/// For tests: stands still until it is told to move.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(UnixTime start = UnixTime{Millis{1'700'000'000'000}}) noexcept
      : start_(start) {}
  [[nodiscard]] SteadyTime steady() const noexcept override;
  [[nodiscard]] UnixTime wall() const noexcept override;
  void advance(Millis by) noexcept { elapsed_.fetch_add(by.count()); }

 private:
  UnixTime start_;
  std::atomic<std::int64_t> elapsed_{0};  // ms
};

/// Time that all proxies of a fleet share: this process' steady clock plus an offset that is
/// measured against Redis' TIME. Stored ages are reckoned with it, so that a proxy whose wall clock
/// is an hour off still expires records correctly. Before the first measurement (and without
/// Redis) the offset is that of the local wall clock at construction. Thread-safe.
class FleetClock {
 public:
  explicit FleetClock(const Clock& clock) noexcept;
  [[nodiscard]] UnixTime now() const noexcept;
  [[nodiscard]] const Clock& local() const noexcept { return clock_; }
  /// `remote` is what the Redis server said its time was at the local steady time `measured_at`.
  void synchronise(UnixTime remote, SteadyTime measured_at) noexcept;

 private:
  const Clock& clock_;
  std::atomic<std::int64_t> offset_ms_;
};

}  // namespace wf
