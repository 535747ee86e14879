// Whether Redis is asked at all (FM-01, FM-02). No clock: time is an argument.
//
//            5 timeouts, 250 ms of silence, refusal, reset
//   Closed ─────────────────────────────────────────────▶ Open ──500 ms──▶ HalfOpen (one probe)
//      ▲                                                    ▲                 │        │
//      └──────────────── any success ───────────────────────┼─────────────────┘        │
//                                                           └── the probe failed ──────┘
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace wf::redis {

using TimePoint = std::chrono::steady_clock::time_point;

struct BreakerSettings {
  unsigned timeouts = 5;                       ///< in a row, without a success between
  std::chrono::milliseconds silence{250};      ///< since the first of them was sent
  std::chrono::milliseconds probe_after{500};  ///< after opening, and after each probe
};

/// One per node and worker; single-threaded.
class Breaker {
 public:
  enum class State : std::uint8_t { Closed, Open, HalfOpen };

  explicit Breaker(BreakerSettings settings = {}) : settings_(settings) {}

  /// Whether a command may be sent now. In HalfOpen it may be the probe: its outcome must be told.
  /// A probe that is never told of counts as failed after `probe_after`.
  [[nodiscard]] bool admit(TimePoint now) noexcept;
  /// Any reply in time that does not mean "down".
  void on_success() noexcept;
  /// A command sent at `sent` was not answered in time.
  void on_timeout(TimePoint sent, TimePoint now) noexcept;
  /// Refused, reset, or the server said that it cannot serve: opens at once.
  void on_down(TimePoint now) noexcept;

  [[nodiscard]] State state() const noexcept { return state_; }

 private:
  void open(TimePoint now) noexcept;

  BreakerSettings settings_;
  State state_ = State::Closed;
  unsigned timeouts_ = 0;
  std::optional<TimePoint> silent_since_;
  TimePoint probe_at_;  // when the next probe may go; in Open and HalfOpen
};

}  // namespace wf::redis
