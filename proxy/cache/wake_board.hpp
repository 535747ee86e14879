// Who waits for another proxy's fill, and is to be woken when Redis says that it ended.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "proxy/net/notifier.hpp"

namespace wf::cache {

/// Thread-safe. The names are those that the release script publishes.
class WakeBoard {
 public:
  /// The notifier of a name lives as long as somebody holds it.
  [[nodiscard]] std::shared_ptr<net::Notifier> watch(const std::string& name);
  void wake(const std::string& name);
  /// The link to Redis was cut and is back: whatever was published meanwhile is lost.
  void wake_all();
  /// Names kept: those that are watched, and at most as many, or kFirstSweep, that were.
  [[nodiscard]] std::size_t size() const;

  static constexpr std::size_t kFirstSweep = 64;

 private:
  mutable std::mutex mutex_;  // guards all below
  std::size_t sweep_at_ = kFirstSweep;
  std::unordered_map<std::string, std::weak_ptr<net::Notifier>> watched_;
};

}  // namespace wf::cache
