// An application that purges by itself: no proxy, no lease, a thread of its own.
#pragma once

#include <thread>

#include "proxy/invalidation/purge_log.hpp"
#include "proxy/redis/client.hpp"
#include "proxy/redis/subscriber.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/redis_settings.hpp"

namespace wf::test {

class Purger {
 public:
  explicit Purger(const RedisServer& redis, Millis lease);
  ~Purger();
  Purger(const Purger&) = delete;
  Purger& operator=(const Purger&) = delete;

  /// Blocks until it has returned. From any thread.
  [[nodiscard]] invalidation::Receipt purge(invalidation::Purge what, Millis timeout);

  /// Sent to Redis so far.
  [[nodiscard]] std::uint64_t commands() const noexcept { return client_.counters().sent; }

 private:
  [[nodiscard]] net::Task<void> end();

  net::asio::io_context context_{1};
  net::asio::executor_work_guard<net::Executor> work_{context_.get_executor()};
  net::DeadlineList deadlines_{context_.get_executor()};
  net::TaskGroup ticking_;
  SystemClock clock_;
  FleetClock fleet_clock_{clock_};
  invalidation::PurgeTable table_;
  invalidation::PurgeLog log_;
  redis::Client client_;
  redis::Subscriber hearing_;
  std::thread thread_;
};

}  // namespace wf::test
