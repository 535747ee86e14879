// The master that Sentinel names, followed through failovers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/net/spawn.hpp"
#include "proxy/redis/locator.hpp"
#include "proxy/redis/settings.hpp"
#include "proxy/redis/subscriber.hpp"

namespace wf::redis {

struct SentinelSettings {
  std::vector<config::Address> addresses;  ///< of the Sentinels; at least one
  std::string master;                      ///< its name
  Settings connection;                     ///< how a Sentinel is connected to; not its address
};

/// Asks the Sentinels in turn, beginning with the one that answered last, and subscribes to
/// +switch-master at one of them, since a master that froze does not reset connections. It is only
/// an address: whether a master answers there is checked by the connection (ROLE).
class SentinelLocator final : public Locator {
 public:
  SentinelLocator(net::Executor executor, net::DeadlineList& deadlines, SentinelSettings settings);
  ~SentinelLocator() override = default;

  void start(Moved moved) override;
  [[nodiscard]] net::Task<void> stop() override;
  [[nodiscard]] net::Task<Result<config::Address>> locate() override;

 private:
  [[nodiscard]] Subscriber::Callbacks watching();
  [[nodiscard]] net::Task<Result<config::Address>> ask_all();
  /// A switch may have been missed while nobody was subscribed.
  [[nodiscard]] net::Task<void> look_again();
  void on_switch(std::string_view payload);
  void lead_to(config::Address address);

  net::DeadlineList& deadlines_;
  SentinelSettings settings_;
  Moved moved_;
  net::TaskGroup tasks_;
  Subscriber watch_;
  std::size_t first_ = 0;                    // of settings_.addresses: whom to ask first
  config::Address current_;                  // where the connection was sent
  std::optional<config::Address> promoted_;  // +switch-master said so, nobody was sent there yet
  bool stopping_ = false;
};

}  // namespace wf::redis
