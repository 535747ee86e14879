#include "proxy/server/fleet_link.hpp"

#include "proxy/observe/log.hpp"

namespace wf::server {

namespace {

/// One turn of following the log waits so long for news, and so often the birth is checked.
constexpr net::milliseconds kBlock{1000};
/// What Redis may take beyond that to answer.
constexpr net::milliseconds kPatience{500};
constexpr net::milliseconds kAfterError{100};

redis::Settings follower_settings(const config::RedisStore& store) {
  auto settings = redis::settings_for(store, redis::Use::Blocking, "warmfront-log");
  settings.timeout = kBlock + kPatience;
  return settings;
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
      connection_(
          worker.executor(), worker.deadlines(), follower_settings(*worker.config().store.redis),
          redis::Hooks{{}, [this](redis::Link link, const Error* why) { on_link(link, why); }, {}}),
      subscriber_(
          worker.executor(), worker.deadlines(),
          redis::settings_for(*worker.config().store.redis, redis::Use::Push, "warmfront-wake"),
          wake_callbacks(worker.shared().wakes)),
      following_(worker.executor(),
                 [](std::string_view what) { spdlog::error("following the log: {}", what); }) {}

void FleetLink::on_link(redis::Link link, const Error* why) {
  if (stopping_) return;
  if (why != nullptr) {
    spdlog::warn("redis: {}; answers come from memory or the origin until it is back",
                 to_string(*why));
  } else if (link == redis::Link::Up) {
    spdlog::info("redis: connected");
  }
}

void FleetLink::start() {
  connection_.start();
  subscriber_.start();
  subscriber_.subscribe(worker_.redis()->store.keys().wake_channel());
  following_.spawn(follow());
}

net::Task<void> FleetLink::follow() {
  while (!stopping_) {
    if (!co_await connection_.wait_up(kBlock)) continue;
    const auto turn = co_await worker_.shared().purge_log.follow_once(
        connection_, attached_ ? kBlock : net::milliseconds{1});
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
  co_await subscriber_.stop();
  co_await connection_.stop();
  co_await following_.join();
}

}  // namespace wf::server
