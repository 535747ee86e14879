// Requests that are on their way, matched with replies by their order. No sockets, no clock.
//
//   push ──▶ [unsent bytes] ──take_output──▶ (socket) … ──on_reply──▶ Waiter::on_result
//
// RESP2 replies carry no number: the n-th reply answers the n-th command, so a place in the queue
// is never given up before its reply came. A caller that times out or leaves makes its place a
// tombstone, whose reply is thrown away when it comes (FM-16).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <boost/circular_buffer.hpp>

#include "proxy/base/units.hpp"
#include "proxy/redis/command.hpp"
#include "proxy/redis/reply.hpp"

namespace wf::redis {

using TimePoint = std::chrono::steady_clock::time_point;

class Pipeline;

/// Who waits for one reply. Told exactly once, unless it is destroyed before: then its place
/// becomes a tombstone. Must not be moved while it waits.
class Waiter {
 public:
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  virtual ~Waiter();
  /// Must not call back into the pipeline.
  virtual void on_result(Result<Reply> result) noexcept = 0;

 protected:
  Waiter() = default;

 private:
  friend class Pipeline;
  Pipeline* pipeline_ = nullptr;  // while it has a place
  std::uint64_t ticket_ = 0;
};

struct PipelineLimits {
  std::size_t in_flight = 1024;  ///< commands without a reply, tombstones included
  Bytes unsent = 64_MiB;         ///< bytes that the kernel did not take yet
};

/// The queue of one connection; ends with it.
class Pipeline {
 public:
  explicit Pipeline(PipelineLimits limits = {});
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;
  /// Those who still wait are told Cancelled.
  ~Pipeline();

  /// When a command was given, and until when its caller waits.
  struct Times {
    TimePoint now;
    TimePoint deadline;
  };
  /// Queues a command. `waiter` may be null: nobody wants the reply. Unavailable (Retry::Safe) at
  /// once if too much is under way; the waiter is not told then.
  [[nodiscard]] Result<void> push(Args args, Times times, Waiter* waiter);

  /// Queues a command that no reply of the queue answers (SUBSCRIBE: its answers are pushes).
  void push_unanswered(Args args) { append_command(unsent_, args); }

  [[nodiscard]] bool has_output() const noexcept { return !unsent_.empty(); }
  /// Swaps the unsent bytes with `into`, which should be empty. From here on they count as sent.
  void take_output(std::string& into) noexcept;

  /// The answer to the oldest command. Malformed if nothing was asked.
  [[nodiscard]] Result<void> on_reply(Result<Reply> reply);
  /// Tells all whose deadline is reached; returns how many there were.
  std::size_t expire(TimePoint now);
  /// The connection is lost: tells all. Retry::Safe where no byte of the command was handed to the
  /// kernel, `error.retry` does not matter.
  void fail_all(const Error& error) noexcept;

  [[nodiscard]] std::size_t in_flight() const noexcept { return places_.size(); }
  /// The earliest deadline of those who wait; time_point::max() if none does.
  [[nodiscard]] TimePoint next_deadline() const noexcept;
  /// Since when the oldest command is unanswered.
  [[nodiscard]] std::optional<TimePoint> waiting_since() const noexcept;

 private:
  friend class Waiter;
  struct Place {
    Waiter* waiter;  // null: a tombstone
    TimePoint pushed;
    TimePoint deadline;
  };
  void abandon(const Waiter& waiter) noexcept;
  static void tell(Place& place, Result<Reply> result) noexcept;

  PipelineLimits limits_;
  boost::circular_buffer<Place> places_;
  std::uint64_t front_ticket_ = 0;         // of places_.front()
  std::uint64_t first_unsent_ticket_ = 0;  // from this one on nothing was handed to the kernel
  std::string unsent_;
};

}  // namespace wf::redis
