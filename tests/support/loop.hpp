// An event loop on which a test's coroutine runs to its end.
#pragma once

#include <chrono>
#include <exception>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <catch2/catch.hpp>

#include "proxy/net/deadline.hpp"
#include "proxy/net/task.hpp"
#include "tests/support/show_result.hpp"

namespace wf::test {

/// One thread, the test's own. `run` once.
class Loop {
 public:
  /// Returns when `task` has ended and nothing else is under way; throws what it threw. Fails the
  /// test if that takes longer than `limit`, which is for tests that hang and orders nothing.
  void run(net::Task<void> task, std::chrono::seconds limit = std::chrono::seconds{60}) {
    std::exception_ptr thrown;
    net::asio::co_spawn(io_, deadlines_.run(), net::asio::detached);
    net::asio::co_spawn(io_, std::move(task), [&](std::exception_ptr error) {
      thrown = error;
      deadlines_.stop();
      if (thrown) io_.stop();
    });
    io_.run_for(limit);
    if (thrown) std::rethrow_exception(thrown);
    if (!io_.stopped()) FAIL("the loop still has work to do");
  }

  [[nodiscard]] net::Executor executor() { return io_.get_executor(); }
  [[nodiscard]] net::asio::io_context& context() { return io_; }
  [[nodiscard]] net::DeadlineList& deadlines() { return deadlines_; }

 private:
  net::asio::io_context io_{1};
  net::DeadlineList deadlines_{io_.get_executor()};
};

}  // namespace wf::test
