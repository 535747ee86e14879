// How long to wait before connecting again (FM-18). Chance is an argument.
#pragma once

#include <chrono>

namespace wf::redis {

/// Grows from `first` to `limit` and is spread by chance, so that a fleet does not come back at
/// once. A connection that did not live as long as `limit` does not count as success: a server
/// that accepts and drops is not knocked at more often than one that refuses.
class Backoff {
 public:
  using Millis = std::chrono::milliseconds;

  explicit Backoff(Millis first = Millis{50}, Millis limit = Millis{500})
      : first_(first), limit_(limit), upper_(first) {}

  /// `chance` in [0, 1). Between `first` and an upper bound that doubles with each call.
  [[nodiscard]] Millis next(double chance) noexcept;
  /// A connection was up for so long.
  void on_connection(std::chrono::nanoseconds lived) noexcept {
    if (lived >= limit_) upper_ = first_;
  }

 private:
  Millis first_;
  Millis limit_;
  Millis upper_;
};

}  // namespace wf::redis
