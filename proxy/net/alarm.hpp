// A wait until a time, or until somebody rings: without the heap, so that it cannot fail.
#pragma once

#include <chrono>

#include <boost/asio/basic_waitable_timer.hpp>

#include "proxy/net/reserve.hpp"
#include "proxy/net/resumption.hpp"

namespace wf::net {

/// One coroutine waits at a time. Used on its executor's thread; must outlive the wait.
class Alarm {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit Alarm(Executor executor) : executor_(executor), timer_(executor) {}
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  /// Returns at that time, or when it was rung meanwhile, or, should there be no memory for one
  /// more timer of the loop, in the loop's next turn: look at what was waited for, and at the
  /// clock.
  ///     co_await alarm.until(deadline);
  [[nodiscard]] auto until(TimePoint time) {
    return asio::async_initiate<const asio::deferred_t, void()>(Start{this, time}, asio::deferred);
  }
  /// Ends the wait, if there is one now.
  void ring() noexcept { timer_.cancel(); }
  [[nodiscard]] Executor executor() const noexcept { return executor_; }

 private:
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;
  struct Start {
    Alarm* alarm;
    TimePoint time;
    template <class Handler>
    void operator()(Handler&& handler) const {
      alarm->waiter_.assign(Resumption{std::forward<Handler>(handler)});
      alarm->arm(time);
    }
  };
  /// The end of the wait. Destroyed without being called, it takes the coroutine with it.
  class Fire {
   public:
    explicit Fire(Alarm& alarm) noexcept : alarm_(&alarm) {}
    Fire(Fire&& other) noexcept : alarm_(std::exchange(other.alarm_, nullptr)) {}
    Fire& operator=(Fire&&) = delete;
    ~Fire() {
      if (alarm_ != nullptr) alarm_->drop();
    }
    void operator()() { std::exchange(alarm_, nullptr)->go_on(); }

   private:
    Alarm* alarm_;
  };

  void arm(TimePoint time) noexcept;
  void go_on();
  void drop() noexcept;

  Executor executor_;
  Timer timer_;
  Reserve reserve_;
  Resumption waiter_;
  bool arming_ = false;
};

}  // namespace wf::net
