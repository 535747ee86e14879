// A deadline for one direction of an exchange.
#pragma once

#include "proxy/net/deadline.hpp"
#include "proxy/upstream/pool.hpp"

namespace wf::upstream {

/// The stream's own deadline cannot serve an exchange, whose sending and reading run at the same
/// time with times of their own. When one of them passes, the connection is of no use to either.
class Expiry final : public net::Deadline {
 public:
  /// Watches over the stream that `lease` holds when the time comes. Both must outlive this.
  Expiry(net::DeadlineList& deadlines, const Lease& lease) : deadlines_(deadlines), lease_(lease) {
    deadlines_.add(*this);
  }
  void arm(milliseconds delay) noexcept { deadlines_.expire_in(*this, delay); }
  void off() noexcept { net::DeadlineList::never(*this); }
  [[nodiscard]] bool passed() const noexcept { return passed_; }

 private:
  void on_deadline() noexcept override {
    if (!lease_.held()) return;
    passed_ = true;
    lease_.stream().abort();
  }

  net::DeadlineList& deadlines_;
  const Lease& lease_;
  bool passed_ = false;
};

}  // namespace wf::upstream
