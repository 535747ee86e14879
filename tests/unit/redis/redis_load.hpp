// Callers that never stop asking, and know what they must be answered.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "proxy/net/spawn.hpp"
#include "proxy/redis/service.hpp"

namespace wf::test {

/// Each caller writes and reads keys of its own, by plain commands and by a script of two keys, and
/// compares: a reply that belongs to another command is counted as wrong. Used on one thread.
class RedisLoad {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  RedisLoad(redis::Service& service, net::Executor executor);

  /// One caller whose keys all carry the tag, which decides their slot.
  void add_caller(std::string tag);
  void stop() noexcept { stopping_ = true; }
  [[nodiscard]] net::Task<void> join() { return tasks_.join(); }

  [[nodiscard]] std::size_t answered() const noexcept { return answered_; }
  [[nodiscard]] std::size_t failed() const noexcept { return failed_; }
  [[nodiscard]] std::size_t wrong() const noexcept { return wrong_; }
  [[nodiscard]] TimePoint last_failure() const noexcept { return last_failure_; }
  [[nodiscard]] const std::string& last_error() const noexcept { return last_error_; }

 private:
  [[nodiscard]] net::Task<void> call_on(std::string tag);
  [[nodiscard]] net::Task<bool> one_turn(std::string tag, std::string value);
  [[nodiscard]] bool judge(const Result<redis::Reply>& reply, std::string_view expected);

  redis::Service& service_;
  net::TaskGroup tasks_;
  std::size_t answered_ = 0;
  std::size_t failed_ = 0;
  std::size_t wrong_ = 0;
  TimePoint last_failure_;
  std::string last_error_;
  bool stopping_ = false;
};

}  // namespace wf::test
