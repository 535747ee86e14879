// Event loops on threads of their own, as the workers of a server are.
#pragma once

#include <exception>
#include <functional>
#include <list>
#include <thread>

#include "tests/support/loop.hpp"

namespace wf::test {

/// Each task gets a loop and a thread. Checks of Catch belong to the test's own thread: tasks leave
/// their findings in variables, which are read after `join`.
class Threads {
 public:
  using Start = std::function<net::Task<void>(Loop&)>;

  Threads() = default;
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { wait(); }

  void start(Start start) {
    One& one = all_.emplace_back();
    one.thread = std::thread{[&one, start = std::move(start)] {
      try {
        one.loop.run(start(one.loop));
      } catch (...) {
        one.escaped = std::current_exception();
      }
    }};
  }
  /// Throws what escaped from a task.
  void join() {
    wait();
    for (One& one : all_) {
      if (one.escaped) std::rethrow_exception(one.escaped);
    }
  }

 private:
  struct One {
    Loop loop;
    std::thread thread;
    std::exception_ptr escaped;
  };
  void wait() {
    for (One& one : all_) {
      if (one.thread.joinable()) one.thread.join();
    }
  }
  std::list<One> all_;
};

}  // namespace wf::test
