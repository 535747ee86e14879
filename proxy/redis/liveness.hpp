// Whether a connection still leads anywhere (FM-02, FM-04). No clock: time is an argument.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace wf::redis {

using TimePoint = std::chrono::steady_clock::time_point;

struct LivenessSettings {
  std::chrono::milliseconds ping_after{250};  ///< of an idle connection; 0: no pings
  /// Nothing received for so long although something was asked: dead; 0: never for that reason.
  std::chrono::milliseconds silence{500};
  unsigned timeouts = 5;  ///< so many, and not one byte since the first of them: dead; 0: never
};

/// A slow server still sends, late; its connection is kept, because its late replies find their
/// tombstones. Only one that sends nothing is given up.
class Liveness {
 public:
  enum class Verdict : std::uint8_t { Alive, Ping, Dead };

  Liveness(LivenessSettings settings, TimePoint now) : settings_(settings), heard_(now) {}

  void on_received(TimePoint now) noexcept;
  void on_timeouts(std::size_t count) noexcept { timeouts_ += count; }

  /// `asked`: since when the oldest command is unanswered, if there is one.
  [[nodiscard]] Verdict judge(TimePoint now, std::optional<TimePoint> asked) const noexcept;
  /// When to judge again if nothing happens; time_point::max() for never.
  [[nodiscard]] TimePoint next_check(std::optional<TimePoint> asked) const noexcept;

 private:
  LivenessSettings settings_;
  TimePoint heard_;
  std::size_t timeouts_ = 0;  // since heard_
};

}  // namespace wf::redis
