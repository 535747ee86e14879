// An event loop for tests: runs one coroutine to its end, with deadlines that tick.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "proxy/net/deadline.hpp"
#include "proxy/net/spawn.hpp"
#include "tests/support/show_result.hpp"

namespace wf::test {

/// What a worker has, without a server; on the test's own thread. Objects that use it are destroyed
/// before it. `run` once.
class Loop {
 public:
  Loop() = default;

  [[nodiscard]] net::Executor executor() { return io_.get_executor(); }
  [[nodiscard]] net::asio::io_context& context() { return io_; }
  [[nodiscard]] net::DeadlineList& deadlines() noexcept { return deadlines_; }
  /// For background work of what is tested; joined by `run`.
  [[nodiscard]] net::TaskGroup& tasks() noexcept { return tasks_; }

  /// Returns when the coroutine and all background work have ended; throws what escapes from
  /// either, failed assertions among it. `limit` is for tests that hang and orders nothing.
  void run(net::Task<void> task, std::chrono::seconds limit = std::chrono::seconds{60}) {
    std::exception_ptr escaped;
    net::asio::co_spawn(io_, whole(std::move(task)), [&](std::exception_ptr e) {
      escaped = std::move(e);
      if (escaped) io_.stop();
    });
    io_.run_for(limit);
    if (escaped) std::rethrow_exception(escaped);
    if (!complaint_.empty()) throw std::logic_error(complaint_);
    if (!io_.stopped()) throw std::logic_error("the loop still has work to do");
  }

 private:
  net::Task<void> whole(net::Task<void> task) {
    ticker_.spawn(deadlines_.run());
    std::exception_ptr escaped;
    try {
      co_await std::move(task);
    } catch (...) {
      escaped = std::current_exception();
    }
    if (!escaped) co_await tasks_.join();
    deadlines_.stop();
    co_await ticker_.join();
    if (escaped) std::rethrow_exception(escaped);
  }
  std::function<void(std::string_view)> complain() {
    return [this](std::string_view what) { complaint_ = what; };
  }

  net::asio::io_context io_{1};
  std::string complaint_;
  net::DeadlineList deadlines_{io_.get_executor()};
  net::TaskGroup tasks_{io_.get_executor(), complain()};
  net::TaskGroup ticker_{io_.get_executor(), complain()};
};

}  // namespace wf::test
