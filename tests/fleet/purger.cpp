#include "tests/fleet/purger.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

namespace wf::test {

namespace {

constexpr Millis kWindow{3'600'000};

redis::Settings settings_for(const RedisServer& redis) {
  redis::Settings settings = patient_settings(redis.address());
  settings.timeout = Millis{500};
  return settings;
}

redis::Subscriber::Callbacks hear(invalidation::Reports& reports) {
  redis::Subscriber::Callbacks callbacks;
  callbacks.on_message = [&reports](std::string_view, std::string_view payload) {
    reports.hear(payload);
  };
  return callbacks;
}

}  // namespace

Purger::Purger(const RedisServer& redis, Millis lease)
    : ticking_(context_.get_executor(), [](std::string_view) {}),
      table_(kWindow),
      log_(table_, fleet_clock_, {true, "wf", "application", kWindow, lease}),
      client_(context_.get_executor(), deadlines_, settings_for(redis)),
      hearing_(context_.get_executor(), deadlines_, settings_for(redis), hear(log_.reports())) {
  ticking_.spawn(deadlines_.run());
  client_.start();
  hearing_.start();
  hearing_.subscribe(log_.settings().channel());
  thread_ = std::thread{[this] { context_.run(); }};
}

net::Task<void> Purger::end() {
  co_await hearing_.stop();
  co_await client_.stop();
  deadlines_.stop();
  co_await ticking_.join();
  work_.reset();
}

Purger::~Purger() {
  net::asio::co_spawn(context_, end(), net::asio::use_future).get();
  thread_.join();
}

invalidation::Receipt Purger::purge(invalidation::Purge what, Millis timeout) {
  return net::asio::co_spawn(context_, log_.purge(&client_, std::move(what), timeout),
                             net::asio::use_future)
      .get();
}

}  // namespace wf::test
