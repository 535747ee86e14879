#include "proxy/net/deadline.hpp"

namespace wf::net {

DeadlineList::DeadlineList(Executor executor) : tick_(executor) {}

void DeadlineList::fire_due(std::chrono::steady_clock::time_point now) noexcept {
  // A callback may unlink its own deadline, so step on before calling.
  for (auto it = list_.begin(); it != list_.end();) {
    Deadline& deadline = *it++;
    if (deadline.at_ > now) continue;
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
    const auto now = timer_now();
    fire_due(now);
    co_await tick_.until(now + kTick);
  }
}

void DeadlineList::stop() noexcept {
  stopped_ = true;
  tick_.ring();
}

}  // namespace wf::net
