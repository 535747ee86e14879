#include "proxy/server/fleet_link.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "proxy/observe/log.hpp"
#include "proxy/redis/breaker.hpp"
#include "proxy/redis/server_info.hpp"

namespace wf::server {

namespace {

constexpr net::milliseconds kAfterError{50};
/// A renewal that takes longer than this part of the lease counts as failed, so that a proxy that
/// is awake learns that Redis is down before its lease ends.
constexpr int kPatiencePart = 4;
constexpr int kBlockPart = 3;

redis::Site::Purpose following_the_log(const config::RedisStore& store) {
  redis::Site::Purpose purpose;
  purpose.use = redis::Use::Blocking;
  purpose.name = "warmfront-log";
  purpose.timeout = store.lease / kBlockPart + std::max(store.timeout, store.lease / kPatiencePart);
  return purpose;
}

redis::Subscriber::Callbacks channel_callbacks(Shared& shared, std::string wake_channel) {
  redis::Subscriber::Callbacks callbacks;
  callbacks.on_message = [&shared, wake = std::move(wake_channel)](std::string_view channel,
                                                                   std::string_view payload) {
    if (channel == wake) {
      shared.wakes.wake(std::string{payload});
    } else {
      shared.purge_log.reports().hear(payload);
    }
  };
  callbacks.on_subscribed = [&shared](std::string_view) { shared.wakes.wake_all(); };
  return callbacks;
}

}  // namespace

FleetLink::FleetLink(Worker& worker)
    : worker_(worker),
      subscriber_(worker.shared().redis->subscriber(
          worker.executor(), worker.deadlines(), "warmfront-wake",
          channel_callbacks(worker.shared(), worker.redis()->store.keys().wake_channel()))),
      follower_({worker.shared().purges, worker.shared().lease, worker.shared().fleet_clock,
                 worker.shared().redis_server, worker.shared().purge_log.refetches()},
                worker.shared().purge_log.settings()),
      following_(worker.executor(),
                 [](std::string_view what) { spdlog::error("following the log: {}", what); }) {
  redis::Hooks hooks;
  hooks.on_connect = [this](redis::Commands& redis) { return examine(redis); };
  hooks.on_link = [this](redis::Link link, const Error* why) { on_link(link, why); };
  redis_ = worker.shared().redis->service(worker.executor(), worker.deadlines(),
                                          following_the_log(*worker.config().store.redis),
                                          std::move(hooks));
}

/// Whether the connection for commands, which is another one, is sound.
bool FleetLink::redis_answers() const {
  const redis::Service& commands = *worker_.redis()->service;
  return commands.is_up() && commands.counters().breaker == redis::Breaker::State::Closed;
}

/// Where this link alone is dead, the others hear of purges that are not heard of here: that is not
/// the time for what `on_down: memory` allows (FM-17).
void FleetLink::judge_silence() {
  invalidation::Lease& lease = worker_.shared().lease;
  if (redis_answers()) {
    lease.redis_answers();
  } else {
    lease.redis_failed(boot_now());
  }
}

void FleetLink::on_link(redis::Link link, const Error* why) {
  if (stopping_) return;
  if (why != nullptr) judge_silence();
  if (link == redis::Link::Up) {
    last_trouble_.clear();
    spdlog::info("redis: connected");
  } else if (why != nullptr && last_trouble_ != to_string(*why)) {
    last_trouble_ = to_string(*why);
    spdlog::warn("redis: {}; answers come from memory or the origin until it is back",
                 last_trouble_);
  }
}

net::Task<Result<void>> FleetLink::examine(redis::Commands& redis) {
  const std::array<std::string_view, 1> question{"INFO"};
  const auto info = co_await redis.call(question);
  // An ACL may forbid it, which is no reason not to use the server.
  if (!info) co_return Result<void>{};
  const bool cluster = worker_.config().store.redis->kind == config::RedisKind::Cluster;
  const auto remarks = redis::remarks_on(info->text(), cluster ? "cluster" : "standalone");
  std::string findings{redis::info_field(info->text(), "redis_version")};
  for (const redis::Remark& remark : remarks) findings += remark.text;
  if (findings == last_findings_) co_return Result<void>{};
  last_findings_ = std::move(findings);
  spdlog::info("redis: version {}, maxmemory {}, policy {}",
               redis::info_field(info->text(), "redis_version"),
               redis::info_field(info->text(), "maxmemory_human"),
               redis::info_field(info->text(), "maxmemory_policy"));
  for (const redis::Remark& remark : remarks) {
    const bool warning = remark.weight == redis::Remark::Weight::Warning;
    spdlog::log(warning ? spdlog::level::warn : spdlog::level::info, "redis: {}", remark.text);
  }
  co_return Result<void>{};
}

void FleetLink::start() {
  redis_->start();
  subscriber_->start();
  subscriber_->subscribe(worker_.redis()->store.keys().wake_channel());
  subscriber_->subscribe(worker_.shared().purge_log.settings().channel());
  following_.keep_up([this] { return follow(); });
}

net::Task<void> FleetLink::follow() {
  while (!stopping_) {
    const bool up = co_await redis_->wait_up(kAfterError);
    if (!up) continue;
    const bool done = co_await follow_once();
    if (done || stopping_) continue;
    co_await stopping_changed_.wait(stopping_changed_.epoch(), net::after(kAfterError));
  }
}

net::Task<bool> FleetLink::follow_once() {
  Shared& shared = worker_.shared();
  Result<void> done = co_await follower_.catch_up(*redis_);
  if (done) done = co_await shared.purge_log.append_pending(*redis_);
  if (done && !attached_) {
    attached_ = true;
    attached_changed_.notify_all();
  }
  // What was stored under what is no longer known is invalid; its room is wanted.
  if (std::exchange(reloads_, follower_.reloads()) != follower_.reloads()) shared.memory.clear();
  const std::uint64_t refused = shared.redis_server.refused();
  if (std::exchange(refused_, refused) != refused) {
    shared.lease.give_up();
    redis_->reconnect({ErrorCode::Unavailable, Side::Store, Retry::Safe,
                       "records were to be read from another server"});
    co_return false;
  }
  if (done) done = co_await follower_.await_news(*redis_);
  if (!done) {
    judge_silence();
    spdlog::debug("purge log: {}", to_string(done.error()));
  }
  co_return done.has_value();
}

net::Task<bool> FleetLink::wait_attached(net::milliseconds timeout) {
  const auto deadline = net::after(timeout);
  while (!attached_ && timer_now() < deadline) {
    const auto seen = attached_changed_.epoch();
    co_await attached_changed_.wait(seen, deadline);
  }
  co_return attached_;
}

net::Task<void> FleetLink::stop() {
  stopping_ = true;
  stopping_changed_.notify_all();
  co_await subscriber_->stop();
  co_await redis_->stop();
  co_await following_.join();
  // What is still answered while we drain comes from the origin; nobody has to wait for us.
  worker_.shared().lease.give_up();
  const auto left = co_await invalidation::leave(*worker_.redis()->service,
                                                 worker_.shared().purge_log.settings());
  if (!left) spdlog::debug("leaving the fleet: {}", to_string(left.error()));
}

}  // namespace wf::server
