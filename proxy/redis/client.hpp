// What one server is asked through: a connection and the breaker before it.
#pragma once

#include "proxy/redis/breaker.hpp"
#include "proxy/redis/connection.hpp"
#include "proxy/redis/service.hpp"

namespace wf::redis {

/// Every call ends within its timeout, whatever Redis does. While the breaker is open, or no
/// connection is up, calls fail at once with Unavailable.
class Client final : public Service {
 public:
  Client(net::Executor executor, net::DeadlineList& deadlines, Settings settings, Hooks hooks = {});

  void start() override { connection_.start(); }
  [[nodiscard]] net::Task<void> stop() override { return connection_.stop(); }
  [[nodiscard]] net::Task<bool> wait_up(milliseconds timeout) override {
    return connection_.wait_up(timeout);
  }

  /// Times out after `settings.timeout`.
  [[nodiscard]] net::Task<Result<Reply>> call(Args args) override;
  [[nodiscard]] net::Task<Result<Reply>> call_within(Args args, milliseconds timeout) override {
    return call_within(args, timeout, Lead::None);
  }
  [[nodiscard]] net::Task<Result<Reply>> call_within(Args args, milliseconds timeout, Lead lead);

  [[nodiscard]] bool is_up() const noexcept override { return connection_.is_up(); }
  void reconnect(Error why) override { connection_.reconnect(std::move(why)); }
  [[nodiscard]] const Counters& counters() const noexcept override {
    return connection_.counters();
  }

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
