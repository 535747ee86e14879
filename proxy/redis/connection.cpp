#include "proxy/redis/connection.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "proxy/base/clock.hpp"
#include "proxy/net/connect.hpp"
#include "proxy/redis/greeting.hpp"
#include "proxy/redis/rejection.hpp"

namespace wf::redis {
namespace {

Error stopped() { return {ErrorCode::Cancelled, Side::Self, Retry::No, "stopped"}; }

milliseconds left_until(TimePoint until) {
  const auto left = std::chrono::ceil<milliseconds>(until - timer_now());
  return std::max(left, milliseconds{1});
}

}  // namespace

Connection::Connection(net::Executor executor, net::DeadlineList& deadlines, Settings settings,
                       Hooks hooks)
    : executor_(executor),
      deadlines_(deadlines),
      settings_(std::move(settings)),
      hooks_(std::move(hooks)),
      tasks_(executor,
             [this](std::string_view what) {
               set_down({ErrorCode::Internal, Side::Self, Retry::No, std::string{what}});
             }),
      pause_(executor),
      random_(std::random_device{}()) {}

void Connection::start() { tasks_.spawn(run()); }

net::Task<void> Connection::stop() {
  stopping_ = true;
  if (session_ != nullptr) session_->fail(stopped());
  pause_.cancel();
  co_await tasks_.join();
}

net::Task<void> Connection::run() {
  while (!stopping_) {
    const Error why = co_await run_once();
    set_down(why);
    if (stopping_) break;
    const double chance = std::uniform_real_distribution<double>{0.0, 1.0}(random_);
    pause_.expires_after(backoff_.next(chance));
    co_await pause_.async_wait(net::kTuple);
  }
}

net::Task<Error> Connection::run_once() {
  const TimePoint until = timer_now() + settings_.connect_timeout;
  Result<std::unique_ptr<net::Stream>> stream = co_await open(until);
  if (!stream) co_return stream.error();
  if (stopping_) co_return stopped();

  Session session{std::move(*stream), settings_, hooks_.on_push};
  session_ = &session;
  session.start(until);
  const Result<void> introduced = co_await introduce(session);
  if (!introduced) session.fail(introduced.error());
  const bool usable = !session.failed();
  if (usable) set_up(session);
  const TimePoint up_since = timer_now();
  Error why = co_await session.join();
  if (usable) backoff_.on_connection(timer_now() - up_since);
  live_ = nullptr;
  session_ = nullptr;
  co_return why;
}

net::Task<Result<std::unique_ptr<net::Stream>>> Connection::open(TimePoint until) {
  Result<std::vector<net::Endpoint>> endpoints =
      co_await net::resolve(settings_.address, Side::Store);
  if (!endpoints) co_return endpoints.error();
  Error last{ErrorCode::Unresolved, Side::Store, Retry::Safe, "no address"};
  for (const net::Endpoint& endpoint : *endpoints) {
    if (stopping_) co_return stopped();
    Result<std::unique_ptr<net::Stream>> stream =
        co_await net::connect(endpoint, left_until(until), deadlines_, Side::Store);
    if (stream) co_return stream;
    last = stream.error();
  }
  co_return last;
}

net::Task<Result<void>> Connection::introduce(Session& session) {
  Result<void> greeted = co_await greet(session, settings_);
  if (!greeted || !hooks_.on_connect) co_return greeted;
  Result<void> hooked = co_await hooks_.on_connect(session);
  co_return hooked;
}

void Connection::set_up(Session& session) {
  session.go_live();
  live_ = &session;
  counters_.link.store(Link::Up, std::memory_order_relaxed);
  count(counters_.connects);
  if (hooks_.on_link) hooks_.on_link(Link::Up, nullptr);
  came_up_.notify_all();
}

void Connection::set_down(const Error& why) {
  const Link before = counters_.link.exchange(Link::Down, std::memory_order_relaxed);
  count(before == Link::Up ? counters_.disconnects : counters_.failed_connects);
  if (hooks_.on_link) hooks_.on_link(Link::Down, &why);
}

net::Task<Result<Reply>> Connection::call(Args args) {
  Result<Reply> reply = co_await command(args, settings_.timeout);
  co_return checked(std::move(reply));
}

net::Task<Result<Reply>> Connection::command(Args args, milliseconds timeout) {
  if (!is_up()) co_return unavailable();
  Result<Reply> reply = co_await live_->command(args, timeout);
  co_return reply;
}

void Connection::send(Args args) {
  if (is_up()) live_->send(args);
}

void Connection::reconnect(Error why) {
  if (live_ != nullptr) live_->fail(std::move(why));
}

net::Task<bool> Connection::wait_up(milliseconds timeout) {
  const TimePoint until = timer_now() + timeout;
  while (!is_up() && !stopping_ && timer_now() < until) {
    const net::Notifier::Epoch seen = came_up_.epoch();
    co_await came_up_.wait(seen, until);
  }
  co_return is_up();
}

Error Connection::unavailable() const {
  return {ErrorCode::Unavailable, Side::Store, Retry::Safe, "no connection to Redis"};
}

}  // namespace wf::redis
