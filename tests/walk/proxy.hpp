// A whole proxy inside the test: real workers, real sockets, a configuration built in code.
//
//     ScriptedOrigin origin;
//     Proxy proxy{config_for(origin)};          // caches everything for a minute, in memory
//     Response first = get(proxy.port(), "/a");
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <unistd.h>

#include "config/types.hpp"
#include "proxy/base/clock.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/scripted_origin.hpp"

namespace wf::server {
class Server;
struct Shared;  // proxy/server/shared.hpp, for tests that look inside
}  // namespace wf::server

namespace wf::test {

using namespace std::chrono_literals;

/// Two workers on a port of 127.0.0.1 that the kernel chooses, no access log, one upstream, and one
/// route "all" for everything that caches for a minute where the origin says nothing else.
[[nodiscard]] config::Config config_for(const ScriptedOrigin& origin);
/// The same with a Redis, which is given much time: sanitizers on a busy machine are slow.
[[nodiscard]] config::Config config_for(const ScriptedOrigin& origin, const RedisServer& redis);
/// The caching rules of the route "all".
[[nodiscard]] config::Cache& cache_of(config::Config& config);
/// Puts a route with the default caching rules before all others.
config::Route& add_route(config::Config& config, std::string name, std::string path);

class Proxy {
 public:
  /// Listens when the constructor returns; `clock` outlives it.
  Proxy(config::Config config, const Clock& clock);
  explicit Proxy(config::Config config);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] server::Shared& shared() noexcept;
  [[nodiscard]] server::Server& server() noexcept { return *server_; }
  /// A new process as far as anybody can tell: empty memory, another port.
  void restart();
  /// Lets what is under way end, then is gone. Only `restart` may follow.
  void stop();

  /// Requests that wait for, or read, the one fill of that target (a target of config_for's route).
  [[nodiscard]] std::size_t waiting(const std::string& target);
  /// Fills that are under way.
  [[nodiscard]] std::size_t fills();
  /// Purges that Redis does not know of yet.
  [[nodiscard]] std::size_t pending_purges();
  /// Whether it has applied every purge that `other` has.
  [[nodiscard]] bool knows_purges_of(Proxy& other);
  /// Whether Redis holds a record for that target, which is written after the client has its
  /// answer.
  [[nodiscard]] static bool in_redis(const RedisServer& redis, const std::string& target);
  /// The name of that record.
  [[nodiscard]] static std::string redis_key(const std::string& target);

 private:
  void start();

  std::shared_ptr<const config::Config> config_;
  const Clock& clock_;
  std::unique_ptr<server::Server> server_;
  std::uint16_t port_ = 0;
};

/// Polls `happened`; false if it does not within `limit`, which is for tests that hang.
template <class Condition>
[[nodiscard]] bool eventually(Condition happened,
                              std::chrono::milliseconds limit = std::chrono::seconds{15}) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!happened()) {
    if (std::chrono::steady_clock::now() > until) return false;
    ::usleep(1000);
  }
  return true;
}

}  // namespace wf::test
