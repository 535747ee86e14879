// Where in a Cluster a subscriber listens.
#pragma once

#include <vector>

#include "proxy/net/deadline.hpp"
#include "proxy/net/notifier.hpp"
#include "proxy/net/spawn.hpp"
#include "proxy/redis/locator.hpp"
#include "proxy/redis/settings.hpp"

namespace wf::redis {

/// Any node hears what is published at any other, so any master that belongs to the Cluster will
/// do. Looks now and then whether it still does: one that was forgotten by the others goes on
/// serving its subscribers, who would never hear anything again.
class ClusterLocator final : public Locator {
 public:
  /// `settings` are those of the connection that is led; `seeds` are nodes to begin with.
  ClusterLocator(net::Executor executor, net::DeadlineList& deadlines, Settings settings,
                 std::vector<config::Address> seeds);
  ~ClusterLocator() override = default;

  void start(Moved moved) override;
  [[nodiscard]] net::Task<void> stop() override;
  [[nodiscard]] net::Task<Result<config::Address>> locate() override;

 private:
  [[nodiscard]] net::Task<void> watch();
  [[nodiscard]] std::vector<config::Address> candidates();

  net::DeadlineList& deadlines_;
  Settings settings_;
  std::vector<config::Address> seeds_;
  std::vector<config::Address> masters_;  // as last heard
  Moved moved_;
  net::TaskGroup tasks_;
  net::Notifier ended_;
  config::Address current_;
  std::size_t turn_ = 0;
  bool stopping_ = false;
};

}  // namespace wf::redis
