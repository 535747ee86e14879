#include "proxy/server/fleet_link.hpp"

#include <array>

#include "proxy/observe/log.hpp"
#include "proxy/redis/server_info.hpp"

namespace wf::server {

namespace {

/// One turn of following the log waits so long for news, and so often the birth is checked.
constexpr net::milliseconds kBlock{1000};
/// What Redis may take beyond that to answer.
constexpr net::milliseconds kPatience{500};
constexpr net::milliseconds kAfterError{100};

redis::Site::Purpose following_the_log() {
  redis::Site::Purpose purpose;
  purpose.use = redis::Use::Blocking;
  purpose.name = "warmfront-log";
  purpose.timeout = kBlock + kPatience;
  return purpose;
}

redis::Subscriber::Callbacks wake_callbacks(cache::WakeBoard& wakes) {
  redis::Subscriber::Callbacks callbacks;
  callbacks.on_message = [&wakes](std::string_view, std::string_view payload) {
    wakes.wake(std::string{payload});
  };
  callbacks.on_subscribed = [&wakes](std::string_view) { wakes.wake_all(); };
  return callbacks;
}

}  // namespace

FleetLink::FleetLink(Worker& worker)
    : worker_(worker),
      subscriber_(worker.shared().redis->subscriber(worker.executor(), worker.deadlines(),
                                                    "warmfront-wake",
                                                    wake_callbacks(worker.shared().wakes))),
      following_(worker.executor(),
                 [](std::string_view what) { spdlog::error("following the log: {}", what); }) {
  redis::Hooks hooks;
  hooks.on_connect = [this](redis::Commands& redis) { return examine(redis); };
  hooks.on_link = [this](redis::Link link, const Error* why) { on_link(link, why); };
  follower_ = worker.shared().redis->service(worker.executor(), worker.deadlines(),
                                             following_the_log(), std::move(hooks));
}

void FleetLink::on_link(redis::Link link, const Error* why) {
  if (stopping_) return;
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
  follower_->start();
  subscriber_->start();
  subscriber_->subscribe(worker_.redis()->store.keys().wake_channel());
  following_.spawn(follow());
}

net::Task<void> FleetLink::follow() {
  while (!stopping_) {
    if (!co_await follower_->wait_up(kBlock)) continue;
    const auto turn = co_await worker_.shared().purge_log.follow_once(
        *follower_, attached_ ? kBlock : net::milliseconds{1});
    if (turn && !attached_) {
      attached_ = true;
      attached_changed_.notify_all();
    }
    if (turn || stopping_) continue;
    spdlog::debug("purge log: {}", to_string(turn.error()));
    co_await stopping_changed_.wait(stopping_changed_.epoch(), net::after(kAfterError));
  }
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
  co_await follower_->stop();
  co_await following_.join();
}

}  // namespace wf::server
