#include "proxy/cache/fill.hpp"

namespace wf::cache {

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
