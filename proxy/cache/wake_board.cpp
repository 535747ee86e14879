#include "proxy/cache/wake_board.hpp"

#include <algorithm>
#include <vector>

namespace wf::cache {

std::shared_ptr<net::Notifier> WakeBoard::watch(const std::string& name) {
  const std::lock_guard lock{mutex_};
  // Now and then, so that neither a watch costs a walk nor the dead outnumber the living.
  if (watched_.size() >= sweep_at_) {
    std::erase_if(watched_, [](const auto& entry) { return entry.second.expired(); });
    sweep_at_ = std::max(kFirstSweep, 2 * watched_.size());
  }
  auto& slot = watched_[name];
  auto notifier = slot.lock();
  if (!notifier) slot = notifier = std::make_shared<net::Notifier>();
  return notifier;
}

std::size_t WakeBoard::size() const {
  const std::lock_guard lock{mutex_};
  return watched_.size();
}

void WakeBoard::wake(const std::string& name) {
  std::shared_ptr<net::Notifier> notifier;
  {
    const std::lock_guard lock{mutex_};
    const auto found = watched_.find(name);
    if (found != watched_.end()) notifier = found->second.lock();
  }
  if (notifier) notifier->notify_all();
}

void WakeBoard::wake_all() {
  std::vector<std::shared_ptr<net::Notifier>> all;
  {
    const std::lock_guard lock{mutex_};
    for (const auto& [name, weak] : watched_) {
      if (auto notifier = weak.lock()) all.push_back(std::move(notifier));
    }
  }
  for (const auto& notifier : all) notifier->notify_all();
}

}  // namespace wf::cache
