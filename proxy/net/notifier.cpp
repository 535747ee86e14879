#include "proxy/net/notifier.hpp"

#include <algorithm>

#include <boost/asio/this_coro.hpp>

#include "proxy/base/clock.hpp"
#include "proxy/net/alarm.hpp"

namespace wf::net {

struct Notifier::Waiter {
  explicit Waiter(Executor executor) : alarm(executor) {}
  Alarm alarm;         // touched on its executor's thread only
  Reserve waking;      // used once, by who takes the waiter off the list
  bool listed = true;  // guarded by the notifier's mutex
};

Notifier::Notifier() = default;
Notifier::~Notifier() = default;

Notifier::Epoch Notifier::epoch() const {
  const std::lock_guard lock{mutex_};
  return epoch_;
}

bool Notifier::has_waiters() const {
  const std::lock_guard lock{mutex_};
  return !waiters_.empty();
}

Task<void> Notifier::wait(Epoch seen, TimePoint deadline) {
  const Executor executor = co_await asio::this_coro::executor;
  auto waiter = std::make_shared<Waiter>(executor);
  {
    const std::lock_guard lock{mutex_};
    if (epoch_ != seen) co_return;
    waiters_.push_back(waiter);
  }
  // A notification from another thread is posted to this executor, so it cannot run before the
  // wait below has begun.
  co_await waiter->alarm.until(deadline);
  remove(waiter);
}

void Notifier::remove(const std::shared_ptr<Waiter>& waiter) {
  const std::lock_guard lock{mutex_};
  // Who was notified is off the list already: a thousand that wake at once must not search it.
  if (waiter->listed) std::erase(waiters_, waiter);
}

void Notifier::notify_all() noexcept {
  std::vector<std::shared_ptr<Waiter>> woken;
  {
    const std::lock_guard lock{mutex_};
    ++epoch_;
    woken.swap(waiters_);
    for (const auto& waiter : woken) waiter->listed = false;
  }
  for (auto& waiter : woken) {
    const Executor executor = waiter->alarm.executor();
    Reserve& reserve = waiter->waking;
    post(executor, reserve, [w = std::move(waiter)] { w->alarm.ring(); });
  }
}

Notifier::TimePoint after(std::chrono::milliseconds delay) noexcept { return timer_now() + delay; }

}  // namespace wf::net
