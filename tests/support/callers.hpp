// Coroutines that ask a Redis for an echo, and things that tests wait for.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "proxy/net/notifier.hpp"
#include "proxy/net/spawn.hpp"
#include "proxy/redis/completion.hpp"
#include "proxy/redis/connection.hpp"
#include "proxy/redis/rejection.hpp"

namespace wf::test {

/// Set once, by another coroutine or a callback of the same thread; waited for once.
class Flag {
 public:
  explicit Flag(net::Executor executor) : set_(executor) {}
  void set() { set_.complete({}); }
  [[nodiscard]] net::Task<void> wait() { (void)co_await set_.wait(); }

 private:
  redis::Completion<void> set_;
};

/// ECHO; Internal if the reply is not the word.
[[nodiscard]] inline net::Task<Result<void>> echo(redis::Commands& commands, std::string word) {
  const std::array<std::string_view, 2> args{"ECHO", word};
  const Result<redis::Reply> reply = co_await commands.call(args);
  if (!reply) co_return reply.error();
  if (reply->text() == word) co_return Result<void>{};
  co_return Error{ErrorCode::Internal, Side::Self, Retry::No, "somebody else's reply"};
}

[[nodiscard]] inline net::Task<Result<void>> echo_within(redis::Connection& connection,
                                                         std::string word,
                                                         redis::milliseconds timeout) {
  const std::array<std::string_view, 2> args{"ECHO", word};
  const Result<redis::Reply> reply = co_await connection.command(args, timeout);
  if (!reply) co_return reply.error();
  co_return Result<void>{};
}

/// Many at once, counted by how they ended.
class Callers {
 public:
  Callers(redis::Commands& commands, net::Executor executor)
      : commands_(commands),
        tasks_(executor,
               [](std::string_view what) { throw std::runtime_error(std::string{what}); }),
        first_(executor) {}

  void echo(std::string word) { tasks_.spawn(ask(std::move(word))); }
  [[nodiscard]] net::Task<void> join() { return tasks_.join(); }
  [[nodiscard]] net::Task<void> wait_for_one() { return first_.wait(); }

  [[nodiscard]] std::size_t running() const noexcept { return tasks_.running(); }
  [[nodiscard]] std::size_t answered() const noexcept { return answered_; }
  [[nodiscard]] std::size_t wrong() const { return failed(ErrorCode::Internal); }
  [[nodiscard]] std::size_t failed(ErrorCode code) const {
    const auto found = failures_.find(code);
    return found != failures_.end() ? found->second : 0;
  }

 private:
  [[nodiscard]] net::Task<void> ask(std::string word) {
    const Result<void> done = co_await test::echo(commands_, std::move(word));
    if (done) {
      ++answered_;
    } else {
      ++failures_[done.error().code];
    }
    first_.set();
  }

  redis::Commands& commands_;
  net::TaskGroup tasks_;
  Flag first_;
  std::size_t answered_ = 0;
  std::map<ErrorCode, std::size_t> failures_;
};

}  // namespace wf::test
