// How long a slow peer is still waited for: time that its bytes buy.
//
// A deadline between two reads alone lets a peer live for ever by a byte now and then; one for the
// whole would cut off who has much to send. Here there is a purse of time: waiting takes from it,
// every byte puts something in, and it never holds more than it did in the beginning. Who keeps to
// the rate in the mean is never cut off, however much there is; who does not, soon is.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "proxy/base/units.hpp"

namespace wf::net {

class Pace {
 public:
  using Micros = std::chrono::microseconds;

  /// `patience`: what the purse holds in the beginning, and at most. `rate`: bytes that buy a
  /// second; 0: every byte fills the purse.
  Pace(std::chrono::milliseconds patience, Bytes rate) noexcept
      : patience_(patience), left_(patience), rate_(rate.count) {}

  /// How much longer the peer may be waited for; never negative. Rounded up, so that a timer of
  /// that length finds nothing left.
  [[nodiscard]] std::chrono::milliseconds left() const noexcept {
    return std::chrono::ceil<std::chrono::milliseconds>(left_);
  }
  [[nodiscard]] bool over() const noexcept { return left_ <= Micros{0}; }
  void waited(std::chrono::nanoseconds time) noexcept {
    left_ = std::max(left_ - std::chrono::ceil<Micros>(time), Micros{0});
  }
  /// The peer has sent, or has taken, so much.
  void moved(std::uint64_t bytes) noexcept {
    constexpr std::uint64_t kSecond = 1'000'000;
    const std::uint64_t lacking = static_cast<std::uint64_t>((patience_ - left_).count());
    // Whole seconds first: a body may have any number of bytes.
    const bool fills = bytes != 0 && (rate_ == 0 || bytes / rate_ >= lacking / kSecond + 1);
    left_ = fills ? patience_ : std::min(patience_, left_ + bought_by(bytes));
  }
  void renew() noexcept { left_ = patience_; }

 private:
  [[nodiscard]] Micros bought_by(std::uint64_t bytes) const noexcept {
    if (bytes == 0) return Micros{0};
    return Micros{
        static_cast<std::int64_t>(static_cast<double>(bytes) * 1e6 / static_cast<double>(rate_))};
  }

  Micros patience_;
  Micros left_;
  std::uint64_t rate_;  // bytes per second
};

}  // namespace wf::net
