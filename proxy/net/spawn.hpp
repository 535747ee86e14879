// The only place that detaches a coroutine: it counts, reports what escapes, and can be joined.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include <boost/asio/basic_waitable_timer.hpp>

#include "proxy/net/task.hpp"

namespace wf::net {

/// Coroutines that belong together, all on one executor (its thread only). Must outlive them:
/// `join` before destruction.
class TaskGroup {
 public:
  /// `on_escape` is told what an escaped exception said; such a thing is a bug of ours.
  TaskGroup(Executor executor, std::function<void(std::string_view)> on_escape);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  void spawn(Task<void> task);
  [[nodiscard]] std::size_t running() const noexcept { return running_; }
  [[nodiscard]] Executor executor() const noexcept { return executor_; }
  /// Returns when none is running. One caller at a time.
  [[nodiscard]] Task<void> join();

 private:
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;
  [[nodiscard]] Task<void> run(Task<void> task);

  Executor executor_;
  std::function<void(std::string_view)> on_escape_;
  Timer idle_;
  std::size_t running_ = 0;
};

}  // namespace wf::net
