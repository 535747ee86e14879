// A Redis of any kind, as one thread uses it: a server, the master that Sentinel names, a Cluster.
#pragma once

#include <chrono>

#include "proxy/redis/command.hpp"
#include "proxy/redis/counters.hpp"

namespace wf::redis {

/// Owned by one io_context and used on its thread only; only `counters` may be read elsewhere.
/// `start` once; `stop` and await it before destruction.
class Service : public Commands {
 public:
  virtual void start() = 0;
  [[nodiscard]] virtual net::Task<void> stop() = 0;
  /// Waits until commands can be answered; false if they cannot within `timeout`.
  [[nodiscard]] virtual net::Task<bool> wait_up(std::chrono::milliseconds timeout) = 0;
  [[nodiscard]] virtual bool is_up() const noexcept = 0;
  /// `call` with another time than the settings'.
  [[nodiscard]] virtual net::Task<Result<Reply>> call_within(Args args,
                                                             std::chrono::milliseconds timeout) = 0;
  /// Ends the connections that are up, so that the server is looked for anew.
  virtual void reconnect(Error why) = 0;
  [[nodiscard]] virtual const Counters& counters() const noexcept = 0;
};

}  // namespace wf::redis
