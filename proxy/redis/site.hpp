// The Redis that the configuration names, whatever it is: the one place that tells the kinds apart.
#pragma once

#include <memory>
#include <string>

#include "config/types.hpp"
#include "proxy/redis/connection.hpp"
#include "proxy/redis/service.hpp"
#include "proxy/redis/subscriber.hpp"

namespace wf::redis {

/// Immutable; may be shared by threads. Outlives what it makes.
class Site {
 public:
  /// Throws std::runtime_error where a file that TLS needs cannot be used.
  explicit Site(config::RedisStore store);

  /// What a connection is for: `name` is what CLIENT LIST shows; a `timeout` of 0 is the store's.
  struct Purpose {
    Use use = Use::Commands;
    std::string name;
    milliseconds timeout{0};
  };
  [[nodiscard]] std::unique_ptr<Service> service(net::Executor executor,
                                                 net::DeadlineList& deadlines, Purpose purpose,
                                                 Hooks hooks = {}) const;
  /// A subscriber to `channel`.
  [[nodiscard]] std::unique_ptr<Subscriber> subscriber(net::Executor executor,
                                                       net::DeadlineList& deadlines,
                                                       std::string name,
                                                       Subscriber::Callbacks callbacks) const;

 private:
  [[nodiscard]] Settings settings(Purpose purpose) const;
  [[nodiscard]] std::shared_ptr<Locator> sentinel(net::Executor executor,
                                                  net::DeadlineList& deadlines) const;

  config::RedisStore store_;
  std::shared_ptr<const net::TlsContext> tls_;  // null: plain
};

}  // namespace wf::redis
