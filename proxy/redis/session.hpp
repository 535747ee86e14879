// One established connection to Redis: its three loops, from connect to loss.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/net/spawn.hpp"
#include "proxy/net/stream.hpp"
#include "proxy/redis/command.hpp"
#include "proxy/redis/completion.hpp"
#include "proxy/redis/liveness.hpp"
#include "proxy/redis/pipeline.hpp"
#include "proxy/redis/reply_reader.hpp"
#include "proxy/redis/settings.hpp"

namespace wf::redis {

/// Told of every reply of a connection in Push use, on its thread.
using PushHandler = std::function<void(Reply)>;

/// A frame of `Connection::run` owns it: constructed, started, joined, destroyed. Several
/// coroutines of the same thread may wait for replies at once. Commands given in one turn of the
/// loop leave in one write.
class Session final : public Commands {
 public:
  /// `stream` is connected. `settings` and `on_push` outlive the session.
  Session(std::unique_ptr<net::Stream> stream, const Settings& settings,
          const PushHandler& on_push);

  /// Until `go_live` commands have what is left of `greeting` and nothing is pinged.
  void start(TimePoint greeting_ends);
  /// From here on the ordinary timeout and the rules of Liveness hold; in Push use every reply from
  /// here on goes to the push handler.
  void go_live();

  /// For the greeting: `settings.timeout` does not hold before `go_live`.
  [[nodiscard]] net::Task<Result<Reply>> call(Args args) override;
  /// The raw reply, error replies included.
  [[nodiscard]] net::Task<Result<Reply>> command(Args args, milliseconds timeout,
                                                 Lead lead = Lead::None);
  /// Sends a command whose answers are pushes. Only in Push use, after `go_live`.
  void send(Args args);

  /// Ends the session; the first error stays. All who wait are told.
  void fail(Error error) noexcept;
  [[nodiscard]] bool failed() const noexcept { return failure_.has_value(); }
  /// Of one that was started every loop must end before it is destroyed:
  /// `while (session.running()) co_await session.ended();`
  [[nodiscard]] bool running() const noexcept { return loops_.running() != 0; }
  [[nodiscard]] auto ended() { return loops_.ended(); }
  /// What ended it, once `failed`.
  [[nodiscard]] const Error& failure() const noexcept { return *failure_; }

 private:
  [[nodiscard]] net::Task<Result<Reply>> command_until(Args args, Pipeline::Times times, Lead lead);
  [[nodiscard]] Result<void> queue(Args args, Pipeline::Times times, Lead lead, Waiter* waiter);
  [[nodiscard]] net::Task<void> read_loop();
  [[nodiscard]] net::Task<void> write_loop();
  [[nodiscard]] net::Task<void> watch_loop();
  [[nodiscard]] Result<void> on_bytes(std::string_view bytes);
  [[nodiscard]] Result<void> on_reply(Reply reply);
  /// Acts on what is due; returns when to look again.
  [[nodiscard]] TimePoint watch(TimePoint now);
  void ping(TimePoint now);
  [[nodiscard]] std::optional<TimePoint> waiting_since() const noexcept;
  [[nodiscard]] bool pushing() const noexcept { return live_ && settings_.use == Use::Push; }

  std::unique_ptr<net::Stream> stream_;
  const Settings& settings_;
  const PushHandler& on_push_;
  net::Executor executor_;
  net::TaskGroup loops_;
  Pipeline pipeline_;
  ReplyReader reader_;
  Liveness liveness_;
  Completion<void> output_ready_;
  net::Alarm look_;                     // of the watch loop
  TimePoint armed_ = TimePoint::min();  // when the watch loop wakes
  TimePoint greeting_ends_ = TimePoint::max();
  std::optional<TimePoint> pinged_;  // in Push use: an unanswered PING
  std::optional<Error> failure_;
  bool live_ = false;
};

}  // namespace wf::redis
