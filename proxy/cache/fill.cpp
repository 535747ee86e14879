#include "proxy/cache/fill.hpp"

#include <utility>

namespace wf::cache {

void Fill::interim(InterimAnswer interim) {
  {
    const std::lock_guard lock{mutex_};
    if (answer_ || interim_.size() >= kMaxInterim) return;
    interim_.push_back(std::move(interim));
  }
  decided_.notify_all();
}

net::Task<std::vector<InterimAnswer>> Fill::take_interim() {
  for (;;) {
    const auto seen = decided_.epoch();
    {
      const std::lock_guard lock{mutex_};
      if (answer_ || !interim_.empty()) co_return std::exchange(interim_, {});
    }
    co_await decided_.wait(seen, net::Notifier::TimePoint::max());
  }
}

void Fill::answer(FillAnswer answer) {
  {
    const std::lock_guard lock{mutex_};
    if (answer_) return;
    answer_.emplace(std::move(answer));
  }
  decided_.notify_all();
}

bool Fill::answered() const {
  const std::lock_guard lock{mutex_};
  return answer_.has_value();
}

RecordPtr Fill::record() const {
  const std::lock_guard lock{mutex_};
  return answer_ ? answer_->record : nullptr;
}

void Fill::end() {
  {
    const std::lock_guard lock{mutex_};
    ended_ = true;
  }
  decided_.notify_all();
}

bool Fill::ended() const {
  const std::lock_guard lock{mutex_};
  return ended_;
}

net::Task<void> Fill::wait_ended(net::Notifier::TimePoint deadline) {
  for (;;) {
    const auto seen = decided_.epoch();
    {
      const std::lock_guard lock{mutex_};
      if (ended_) co_return;
    }
    if (timer_now() >= deadline) co_return;
    co_await decided_.wait(seen, deadline);
  }
}

bool Fill::of_use() const {
  if (feed_.failed()) return false;
  const std::lock_guard lock{mutex_};
  return !answer_ || (answer_->kind != FillKind::Failed && answer_->kind != FillKind::Abandoned);
}

net::Task<const FillAnswer*> Fill::wait(net::Notifier::TimePoint deadline) {
  for (;;) {
    const auto seen = decided_.epoch();
    {
      const std::lock_guard lock{mutex_};
      if (answer_) co_return &*answer_;
    }
    if (timer_now() >= deadline) co_return nullptr;
    co_await decided_.wait(seen, deadline);
  }
}

}  // namespace wf::cache
