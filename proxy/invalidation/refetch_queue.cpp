#include "proxy/invalidation/refetch_queue.hpp"

namespace wf::invalidation {

void RefetchQueue::push(std::span<const Selector> selectors) {
  {
    const std::lock_guard lock{mutex_};
    for (const Selector& selector : selectors) {
      if (waiting_.size() >= kMost) break;
      waiting_.insert(selector);
    }
  }
  pushed_.notify_all();
}

std::vector<Selector> RefetchQueue::take() {
  std::set<Selector> taken;
  {
    const std::lock_guard lock{mutex_};
    taken.swap(waiting_);
  }
  return {taken.begin(), taken.end()};
}

}  // namespace wf::invalidation
