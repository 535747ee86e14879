// The process' own connections to Redis: one follows the purge log and keeps the lease, one hears
// wake-ups and how far the other proxies are.
#pragma once

#include "proxy/invalidation/log_follower.hpp"
#include "proxy/redis/service.hpp"
#include "proxy/redis/subscriber.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

/// Lives on one worker; `start` once, `stop` before that worker drains.
class FleetLink {
 public:
  explicit FleetLink(Worker& worker);

  void start();
  [[nodiscard]] net::Task<void> stop();
  /// Waits until the log was read to its end once. False: not within `timeout`.
  [[nodiscard]] net::Task<bool> wait_attached(net::milliseconds timeout);

 private:
  [[nodiscard]] net::Task<void> follow();
  /// False: something failed.
  [[nodiscard]] net::Task<bool> follow_once();
  void on_link(redis::Link link, const Error* why);
  [[nodiscard]] bool redis_answers() const;
  void judge_silence();
  /// Tells in the log what kind of Redis it is and what should be set; once, unless it changes.
  [[nodiscard]] net::Task<Result<void>> examine(redis::Commands& redis);

  Worker& worker_;
  std::unique_ptr<redis::Service> redis_;  // follows the log: may block
  std::unique_ptr<redis::Subscriber> subscriber_;
  invalidation::LogFollower follower_;
  net::TaskGroup following_;
  net::Notifier attached_changed_;
  net::Notifier stopping_changed_;
  std::uint64_t reloads_ = 0;  // of the follower, when memory was last emptied
  std::uint64_t refused_ = 0;  // connections to another server, when we last connected anew
  std::string last_trouble_;   // told once, not at every try
  std::string last_findings_;
  bool attached_ = false;
  bool stopping_ = false;
};

}  // namespace wf::server
