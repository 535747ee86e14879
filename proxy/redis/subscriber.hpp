// Messages that Redis pushes to us: SUBSCRIBE on a connection of its own.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "proxy/redis/connection.hpp"

namespace wf::redis {

/// Owned by one io_context and used on its thread only. After a loss it connects and subscribes
/// again by itself, but what was published meanwhile is gone: whoever waits for a message must also
/// look for itself after `on_subscribed`, and now and then.
class Subscriber {
 public:
  /// All are called on the subscriber's thread; none of them may destroy it.
  struct Callbacks {
    std::function<void(std::string_view channel, std::string_view payload)> on_message;
    /// Redis has confirmed: from here on no message of the channel is missed until the link breaks.
    std::function<void(std::string_view channel)> on_subscribed;
    std::function<void(Link, const Error* why)> on_link;
    /// Where to connect; null: always `settings.address`.
    std::shared_ptr<Locator> locator;
  };

  /// `settings.use` is set to Push, with its rules of Liveness.
  Subscriber(net::Executor executor, net::DeadlineList& deadlines, Settings settings,
             Callbacks callbacks);

  void start() { connection_.start(); }
  [[nodiscard]] net::Task<void> stop() { return connection_.stop(); }

  /// Takes effect at once or when the connection is up; twice is the same as once.
  void subscribe(std::string channel);
  void unsubscribe(const std::string& channel);
  [[nodiscard]] bool is_up() const noexcept { return connection_.is_up(); }
  [[nodiscard]] const Counters& counters() noexcept { return connection_.counters(); }

 private:
  [[nodiscard]] Hooks hooks();
  void on_push(const Reply& reply);
  void on_link(Link link, const Error* why);

  Callbacks callbacks_;
  std::set<std::string, std::less<>> channels_;
  Connection connection_;
};

}  // namespace wf::redis
