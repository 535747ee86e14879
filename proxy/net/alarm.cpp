#include "proxy/net/alarm.hpp"

#include <new>

namespace wf::net {

void Alarm::arm(TimePoint time) noexcept {
  arming_ = true;
  bool armed = true;
  try {
    timer_.expires_at(time);
    timer_.async_wait(Reserved<Fire>{&reserve_, Fire{*this}});
  } catch (const std::bad_alloc&) {
    armed = false;  // the loop's heap of timers had to grow
  }
  arming_ = false;
  if (!armed) post(executor_, reserve_, Fire{*this});
}

void Alarm::go_on() {
  Resumption waiter{std::move(waiter_)};
  if (waiter) waiter();
}

void Alarm::drop() noexcept {
  if (arming_) return;
  const Resumption waiter{std::move(waiter_)};
}

}  // namespace wf::net
