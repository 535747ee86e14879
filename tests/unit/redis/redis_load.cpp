#include "tests/unit/redis/redis_load.hpp"

#include <array>
#include <utility>

#include "proxy/base/clock.hpp"
#include "proxy/net/notifier.hpp"
#include "proxy/redis/script.hpp"

namespace wf::test {
namespace {

using redis::Reply;

/// Writes one key and reads another of the same slot.
const redis::Script& exchange() {
  static const redis::Script script{
      "redis.call('SET', KEYS[1], ARGV[1]); redis.call('GET', KEYS[2]); return ARGV[1]"};
  return script;
}

}  // namespace

RedisLoad::RedisLoad(redis::Service& service, net::Executor executor)
    : service_(service), tasks_(executor, [](std::string_view) {}) {}

void RedisLoad::add_caller(std::string tag) { tasks_.spawn(call_on(std::move(tag))); }

net::Task<void> RedisLoad::call_on(std::string tag) {
  net::Notifier pause;
  for (std::size_t turn = 0; !stopping_; ++turn) {
    std::string value = tag + "/" + std::to_string(turn);
    const bool fine = co_await one_turn(tag, std::move(value));
    // Callers that are refused at once would starve everybody else of this thread.
    const auto rest = std::chrono::milliseconds{fine ? 1 : 5};
    co_await pause.wait(pause.epoch(), net::after(rest));
  }
}

net::Task<bool> RedisLoad::one_turn(std::string tag, std::string value) {
  const std::string key = "{" + tag + "}:plain";
  const std::string other = "{" + tag + "}:script";
  const std::array<std::string_view, 3> set{"SET", key, value};
  const Result<Reply> written = co_await service_.call(set);
  if (!judge(written, "OK")) co_return false;
  // A failover may lose what was written last, never give what belongs to another key.
  const std::array<std::string_view, 2> get{"GET", key};
  const Result<Reply> read = co_await service_.call(get);
  if (!judge(read, read && read->text().starts_with(tag + "/") ? read->text() : value)) {
    co_return false;
  }
  const std::array<std::string_view, 2> keys{other, key};
  const std::array<std::string_view, 1> args{value};
  const Result<Reply> ran = co_await redis::eval(service_, exchange(), keys, args);
  co_return judge(ran, value);
}

bool RedisLoad::judge(const Result<Reply>& reply, std::string_view expected) {
  if (!reply) {
    ++failed_;
    last_failure_ = timer_now();
    last_error_ = to_string(reply.error());
    return false;
  }
  const bool lost = reply->is_nil();  // by a failover, before it reached the replica
  ++(lost || reply->text() == expected ? answered_ : wrong_);
  return true;
}

}  // namespace wf::test
