// How far the proxies of the fleet say that they are: what a purge waits for (design §7).
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "proxy/invalidation/purge.hpp"
#include "proxy/net/notifier.hpp"

namespace wf::invalidation {

/// Thread-safe. Filled from the channel on which proxies tell of purges that somebody waits for; a
/// message that is lost costs the waiter a look at the nodes table.
class Reports {
 public:
  /// "birth position name", as catch_up publishes it; anything else is passed over.
  void hear(std::string_view message);
  /// Whether that proxy was heard to have applied that sequence of that birth, or a later one.
  [[nodiscard]] bool applied(const std::string& name, const Stamp& purge) const;
  /// Notified when something was heard.
  [[nodiscard]] net::Notifier& heard() noexcept { return heard_; }

 private:
  /// Names are drawn by chance at every start; the long gone must not pile up.
  static constexpr std::size_t kMostNames = 1024;

  mutable std::mutex mutex_;  // guards positions_
  std::unordered_map<std::string, Stamp> positions_;
  net::Notifier heard_;
};

}  // namespace wf::invalidation
