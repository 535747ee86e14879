// What a worker asks Redis through: a connection and the breaker before it.
#pragma once

#include "proxy/redis/breaker.hpp"
#include "proxy/redis/connection.hpp"

namespace wf::redis {

/// Owned by one io_context and used on its thread only; only `counters` may be read elsewhere.
/// `start` once; `stop` and await it before destruction.
///
/// Every call ends within its timeout, whatever Redis does. While the breaker is open, or no
/// connection is up, calls fail at once with Unavailable.
class Client final : public Commands {
 public:
  Client(net::Executor executor, net::DeadlineList& deadlines, Settings settings, Hooks hooks = {});

  void start() { connection_.start(); }
  [[nodiscard]] net::Task<void> stop() { return connection_.stop(); }
  [[nodiscard]] net::Task<bool> wait_up(milliseconds timeout) {
    return connection_.wait_up(timeout);
  }

  /// Times out after `settings.timeout`.
  [[nodiscard]] net::Task<Result<Reply>> call(Args args) override;
  [[nodiscard]] net::Task<Result<Reply>> call_within(Args args, milliseconds timeout);

  [[nodiscard]] bool is_up() const noexcept { return connection_.is_up(); }
  [[nodiscard]] const Counters& counters() noexcept { return connection_.counters(); }

 private:
  [[nodiscard]] Hooks watched(Hooks hooks);
  void on_link(Link link);
  void record(const Result<Reply>& reply, TimePoint sent);
  void record_error(const Error& error, TimePoint sent);
  void publish() noexcept;

  Breaker breaker_;
  Connection connection_;
};

}  // namespace wf::redis
