#include "proxy/net/spawn.hpp"

#include <cassert>
#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace wf::net {

TaskGroup::TaskGroup(Executor executor, std::function<void(std::string_view)> on_escape)
    : executor_(executor), on_escape_(std::move(on_escape)), idle_(executor) {}

TaskGroup::~TaskGroup() { assert(running_ == 0); }

void TaskGroup::spawn(Task<void> task) {
  ++running_;
  asio::co_spawn(executor_, run(std::move(task)), asio::detached);
}

Task<void> TaskGroup::run(Task<void> task) {
  try {
    co_await std::move(task);
  } catch (const std::exception& e) {
    on_escape_(e.what());
  }
  if (--running_ == 0) idle_.cancel();
}

Task<void> TaskGroup::join() {
  while (running_ != 0) {
    idle_.expires_at(Timer::time_point::max());
    co_await idle_.async_wait(kTuple);
  }
}

}  // namespace wf::net
