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
  asio::co_spawn(executor_, run(std::move(task), *this, Place{*this}), asio::detached);
}

Task<void> TaskGroup::run(Task<void> task, TaskGroup& group, Place /*place*/) {
  try {
    co_await std::move(task);
  } catch (const std::exception& e) {
    group.on_escape_(e.what());
  }
  co_await suspend_once();
}

Task<void> TaskGroup::join() {
  while (running_ != 0) co_await ended();
}

}  // namespace wf::net
