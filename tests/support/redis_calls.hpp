// Short forms of what tests of the Redis client say again and again.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>

#include "proxy/redis/connection.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/redis_settings.hpp"

namespace wf::test {

[[nodiscard]] inline net::Task<Result<redis::Reply>> ask_words(redis::Commands& commands,
                                                               std::vector<std::string> words) {
  const std::vector<std::string_view> args{words.begin(), words.end()};
  Result<redis::Reply> reply = co_await commands.call(args);
  co_return reply;
}

/// `ask(client, "SET", "k", value)`. Not a braced list: g++ 12 cannot have one beside co_await.
template <class... Words>
[[nodiscard]] net::Task<Result<redis::Reply>> ask(redis::Commands& commands, Words... words) {
  return ask_words(commands, std::vector<std::string>{std::move(words)...});
}

/// Waits in Redis for entries of the stream "s".
[[nodiscard]] inline net::Task<void> read_stream(redis::Connection& connection,
                                                 std::optional<Result<redis::Reply>>& result) {
  const std::array<std::string_view, 6> args{"XREAD", "BLOCK", "0", "STREAMS", "s", "$"};
  Result<redis::Reply> reply = co_await connection.command(args, kPatient);
  result.emplace(std::move(reply));
}

/// Polls `happened` between turns of the loop; false if it does not within kPatient.
template <class Condition>
[[nodiscard]] net::Task<bool> eventually(Loop& loop, Condition happened) {
  using Clock = std::chrono::steady_clock;
  net::asio::basic_waitable_timer<Clock, net::asio::wait_traits<Clock>, net::Executor> pause{
      loop.executor()};
  const auto until = Clock::now() + kPatient;
  while (!happened()) {
    if (Clock::now() > until) co_return false;
    pause.expires_after(std::chrono::milliseconds{2});
    co_await pause.async_wait(net::kTuple);
  }
  co_return true;
}

struct HasBlockedClient {
  const RedisServer* server;
  bool operator()() const {
    const redis::Reply info = server->ask({"INFO", "clients"});
    return info.text().find("blocked_clients:1") != std::string_view::npos;
  }
};

/// Until Redis says that somebody waits in it.
[[nodiscard]] inline net::Task<bool> blocked_client(Loop& loop, const RedisServer& server) {
  return eventually(loop, HasBlockedClient{&server});
}

}  // namespace wf::test
