// One direction of one connection: bytes go in as they come, and out as the faults allow. No
// socket, no clock.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "tests/fault_proxy/faults.hpp"

namespace wf::fault {

using TimePoint = std::chrono::steady_clock::time_point;

class Pipe {
 public:
  /// `chance` in [0, 1) decides the jitter.
  void push(std::string_view bytes, TimePoint now, const Faults& faults, double chance);
  /// The next bytes that are due; empty: none yet.
  [[nodiscard]] std::string_view ready(TimePoint now) const;
  /// The first `count` bytes of `ready` have gone out.
  void pop(std::size_t count);
  /// When `ready` has something to give; nothing where nothing is held.
  [[nodiscard]] std::optional<TimePoint> next() const;
  /// Bytes that wait.
  [[nodiscard]] std::size_t held() const noexcept { return held_; }
  /// Bytes that have gone out so far.
  [[nodiscard]] std::uint64_t passed() const noexcept { return passed_; }

 private:
  struct Piece {
    std::string bytes;
    TimePoint due;
  };

  std::deque<Piece> pieces_;
  std::size_t held_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t passed_ = 0;
  TimePoint last_due_{};
};

}  // namespace wf::fault
