// The only place that detaches a coroutine: it counts, reports what escapes, and can be joined.
#pragma once

#include <cstddef>
#include <functional>
#include <new>
#include <string_view>
#include <utility>

#include "proxy/base/clock.hpp"
#include "proxy/net/alarm.hpp"
#include "proxy/net/task.hpp"

namespace wf::net {

/// Coroutines that belong together, all on one executor (its thread only). Must outlive them:
/// `join` before destruction.
class TaskGroup {
 public:
  /// `on_escape` is told what an escaped exception said: memory is short, or it is a bug of ours.
  TaskGroup(Executor executor, std::function<void(std::string_view)> on_escape);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  /// Throws std::bad_alloc; then nothing was begun.
  void spawn(Task<void> task);
  /// For what must go on as long as the process does: `make()`, a task, is made anew a moment after
  /// it ended for want of memory, until it returns.
  template <class Make>
  void keep_up(Make make) {
    spawn(persist(*this, std::move(make)));
  }
  [[nodiscard]] std::size_t running() const noexcept { return running_; }
  [[nodiscard]] Executor executor() const noexcept { return executor_; }
  /// Returns when none is running. One caller at a time.
  [[nodiscard]] Task<void> join();
  /// The same in a loop, without memory: `while (group.running() != 0) co_await group.ended();`
  [[nodiscard]] auto ended() { return idle_.until(Alarm::TimePoint::max()); }

 private:
  static constexpr std::chrono::milliseconds kAfterFailure{100};

  /// Counts a task from its spawning until its frame is gone, however that comes about.
  class Place {
   public:
    explicit Place(TaskGroup& group) noexcept : group_(&group) { ++group_->running_; }
    Place(Place&& other) noexcept : group_(std::exchange(other.group_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (group_ != nullptr && --group_->running_ == 0) group_->idle_.ring();
    }

   private:
    TaskGroup* group_;
  };
  template <class Make>
  [[nodiscard]] static Task<void> persist(TaskGroup& group, Make make) {
    Alarm pause{group.executor_};
    for (;;) {
      try {
        co_await make();
        co_return;
      } catch (const std::bad_alloc& e) {
        group.on_escape_(e.what());
      }
      co_await pause.until(timer_now() + kAfterFailure);
    }
  }
  [[nodiscard]] static Task<void> run(Task<void> task, TaskGroup& group, Place place);

  Executor executor_;
  std::function<void(std::string_view)> on_escape_;
  Alarm idle_;
  std::size_t running_ = 0;
};

}  // namespace wf::net
