// The whole proxy: workers, their threads, listeners, and how it ends.
#pragma once

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "proxy/server/fleet_link.hpp"
#include "proxy/server/listener.hpp"
#include "proxy/server/refetcher.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

/// Used by one thread, which is none of the workers'.
class Server {
 public:
  /// `clock` outlives the server. Throws std::runtime_error where a log file cannot be opened.
  Server(std::shared_ptr<const config::Config> config, const Clock& clock);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Stops without patience, if `stop` was not called.
  ~Server();

  /// Takes the addresses and serves nobody yet. Throws std::runtime_error when one cannot be bound.
  void bind();
  /// Binds if `bind` was not called, starts the workers, waits a moment for Redis, then accepts.
  void start();
  /// Requests that come when it returns have these routes, upstreams, limits and hosts; what is
  /// under way ends as it began. Returns the keys whose new values wait for a restart. Throws
  /// std::invalid_argument, and changes nothing, where those that do not wait cannot do without
  /// them. Between `start` and `stop`.
  std::vector<std::string> reload(config::Config wanted);
  /// No new connections; what is under way may end within the configured drain time. Returns when
  /// all threads have ended.
  void stop();
  void stop(net::milliseconds patience);

  /// TCP ports in the order of the listeners.
  [[nodiscard]] std::vector<std::uint16_t> ports() const;
  [[nodiscard]] Shared& shared() noexcept { return shared_; }
  /// To look at what may be read on any thread: tally, counters of Redis.
  [[nodiscard]] std::vector<Worker*> workers() const;

 private:
  struct Running {
    std::unique_ptr<Worker> worker;
    std::vector<std::unique_ptr<Acceptor>> acceptors;
    std::thread thread;
  };
  [[nodiscard]] static net::Task<void> adopt(Running& running, std::shared_ptr<const Setup> setup);
  [[nodiscard]] net::Task<void> begin(Running& running);
  [[nodiscard]] net::Task<void> end(Running& running, net::milliseconds patience);

  Shared shared_;
  std::vector<Running> workers_;
  std::unique_ptr<FleetLink> fleet_link_;  // on the first worker; null: no Redis
  std::unique_ptr<Refetcher> refetcher_;   // on the first worker
};

}  // namespace wf::server
