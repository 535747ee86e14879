// What purges of mode `refresh` have named, until somebody fetches it again.
#pragma once

#include <mutex>
#include <set>
#include <span>
#include <vector>

#include "proxy/invalidation/selector.hpp"
#include "proxy/net/notifier.hpp"

namespace wf::invalidation {

/// Thread-safe. Each selector waits once, however often it is named.
class RefetchQueue {
 public:
  /// What comes above is dropped: it is stale all the same, and whoever asks for it refreshes it.
  static constexpr std::size_t kMost = 10'000;

  /// Selectors as log and index have them: behind kSoftMark. After they are in force.
  void push(std::span<const Selector> selectors);
  /// All that wait.
  [[nodiscard]] std::vector<Selector> take();
  /// Notified by `push`.
  [[nodiscard]] net::Notifier& pushed() noexcept { return pushed_; }

 private:
  std::mutex mutex_;  // guards waiting_
  std::set<Selector> waiting_;
  net::Notifier pushed_;
};

}  // namespace wf::invalidation
