#include "proxy/net/deadline.hpp"

#include "proxy/base/clock.hpp"

namespace wf::net {

DeadlineList::DeadlineList(Executor executor) : timer_(executor), now_(timer_now()) {}

void DeadlineList::fire_due() noexcept {
  // A callback may unlink its own deadline, so step on before calling.
  for (auto it = list_.begin(); it != list_.end();) {
    Deadline& deadline = *it++;
    if (deadline.at_ > now_) continue;
    never(deadline);
    deadline.on_deadline();
  }
}

void DeadlineList::expire_all() noexcept {
  for (auto it = list_.begin(); it != list_.end();) {
    Deadline& deadline = *it++;
    never(deadline);
    deadline.on_deadline();
  }
}

Task<void> DeadlineList::run() {
  while (!stopped_) {
    now_ = timer_now();
    fire_due();
    timer_.expires_at(now_ + kTick);
    co_await timer_.async_wait(kTuple);
  }
}

void DeadlineList::stop() noexcept {
  stopped_ = true;
  timer_.cancel();
}

}  // namespace wf::net
