// Deadlines that cost a store instead of a timer.
//
// Every connection has one deadline that moves with each phase. A timer per move would cost a heap
// operation and a system call on the hit path; instead a worker walks its list once per tick, and
// setting a deadline is writing a number. Deadlines are late by up to one tick, never early.
#pragma once

#include <chrono>

#include <boost/intrusive/list.hpp>

#include "proxy/base/clock.hpp"
#include "proxy/net/alarm.hpp"

namespace wf::net {

using std::chrono::milliseconds;

/// Something that is told when its time is over. Linked into at most one list.
class Deadline : public boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  Deadline() = default;
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  virtual ~Deadline() = default;
  virtual void on_deadline() noexcept = 0;

 private:
  friend class DeadlineList;
  std::chrono::steady_clock::time_point at_ = std::chrono::steady_clock::time_point::max();
};

/// One per worker; used on its thread only.
class DeadlineList {
 public:
  static constexpr milliseconds kTick{25};

  explicit DeadlineList(Executor executor);
  DeadlineList(const DeadlineList&) = delete;
  DeadlineList& operator=(const DeadlineList&) = delete;

  void add(Deadline& deadline) noexcept { list_.push_back(deadline); }
  /// From now; the time of the last tick would be too early in a loop that was held up since.
  void expire_in(Deadline& deadline, milliseconds delay) const noexcept {
    deadline.at_ = timer_now() + delay;
  }
  static void never(Deadline& deadline) noexcept {
    deadline.at_ = std::chrono::steady_clock::time_point::max();
  }
  /// Ends everything that waits here: used when a worker stops.
  void expire_all() noexcept;

  /// Ticks until `stop`.
  [[nodiscard]] Task<void> run();
  void stop() noexcept;

 private:
  using List = boost::intrusive::list<Deadline, boost::intrusive::constant_time_size<false>>;
  void fire_due(std::chrono::steady_clock::time_point now) noexcept;

  List list_;
  Alarm tick_;
  bool stopped_ = false;
};

}  // namespace wf::net
