// A connection to one Redis server that comes back by itself.
#pragma once

#include <functional>
#include <random>

#include "proxy/net/deadline.hpp"
#include "proxy/net/notifier.hpp"
#include "proxy/net/spawn.hpp"
#include "proxy/redis/backoff.hpp"
#include "proxy/redis/command.hpp"
#include "proxy/redis/counters.hpp"
#include "proxy/redis/locator.hpp"
#include "proxy/redis/session.hpp"
#include "proxy/redis/settings.hpp"

namespace wf::redis {

/// Called on the connection's thread; none of them may destroy it, or throw.
struct Hooks {
  /// After AUTH and SELECT, before anybody else's command: identity, TIME, scripts. An error drops
  /// the connection, and it is tried again later.
  std::function<net::Task<Result<void>>(Commands&)> on_connect;
  /// Each time the connection came up, was lost, or could not be made. `why` is null for Up.
  std::function<void(Link, const Error* why)> on_link;
  /// Every reply after the greeting, in Push use.
  PushHandler on_push;
  /// Where to connect, and when to do so anew; null: always `settings.address`.
  std::shared_ptr<Locator> locator;
};

/// Owned by one io_context and used on its thread only. `start` once; `stop` and await it before
/// destruction. While it is down every command fails at once with Unavailable, Retry::Safe.
class Connection final : public Commands {
 public:
  /// `deadlines` outlives the connection and runs until `stop` has returned.
  Connection(net::Executor executor, net::DeadlineList& deadlines, Settings settings,
             Hooks hooks = {});
  ~Connection() override = default;

  void start();
  /// Fails what is under way with Cancelled and returns when every coroutine has ended; that takes
  /// up to `connect_timeout` if a connect is under way.
  [[nodiscard]] net::Task<void> stop();

  [[nodiscard]] net::Task<Result<Reply>> call(Args args) override;
  /// The raw reply, error replies included. `timeout` counts from now, queueing included; after it
  /// the caller is told Timeout, and the late reply is thrown away.
  [[nodiscard]] net::Task<Result<Reply>> command(Args args, milliseconds timeout,
                                                 Lead lead = Lead::None);
  /// Sends without waiting for anything; lost while it is down. Only in Push use.
  void send(Args args);
  /// Drops the connection that is up, if there is one, and connects again.
  void reconnect(Error why);
  /// The same, also where it is not up, and without the usual pause: it leads elsewhere now.
  void move(Error why);

  [[nodiscard]] bool is_up() const noexcept { return live_ != nullptr && !live_->failed(); }
  /// Waits until it is up; false if it is not within `timeout`.
  [[nodiscard]] net::Task<bool> wait_up(milliseconds timeout);
  [[nodiscard]] Counters& counters() noexcept { return counters_; }
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }

 private:
  [[nodiscard]] net::Task<void> run();
  /// One connection from connect to loss.
  [[nodiscard]] net::Task<Error> run_once();
  /// From its greeting to its end; the error of the greeting, if it was that. Nothing escapes.
  [[nodiscard]] net::Task<Result<void>> hold(Session& session, TimePoint until);
  [[nodiscard]] net::Task<Result<config::Address>> locate();
  [[nodiscard]] net::Task<Result<void>> introduce(Session& session);
  void set_up(Session& session);
  void set_down(const Error& why);
  [[nodiscard]] Error unavailable() const;

  net::Executor executor_;
  net::DeadlineList& deadlines_;
  Settings settings_;
  Hooks hooks_;
  Counters counters_;
  net::TaskGroup tasks_;
  net::Notifier came_up_;
  net::Alarm pause_;
  Backoff backoff_;
  std::minstd_rand random_;
  Session* session_ = nullptr;  // of run_once's frame, while there is one
  Session* live_ = nullptr;     // the same, once it may be used
  bool moved_ = false;          // since the last try began
  bool stopping_ = false;
};

}  // namespace wf::redis
