#include "proxy/redis/connection.hpp"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "proxy/base/clock.hpp"
#include "proxy/redis/greeting.hpp"
#include "proxy/redis/open.hpp"
#include "proxy/redis/rejection.hpp"

namespace wf::redis {
namespace {

Error stopped() { return {ErrorCode::Cancelled, Side::Self, Retry::No, "stopped"}; }
Error out_of_memory() { return {ErrorCode::Internal, Side::Self, Retry::No, "out of memory"}; }

net::Task<Result<Reply>> refused(Error why) { co_return why; }

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

void Connection::start() {
  if (hooks_.locator) {
    hooks_.locator->start([this](Error why) { move(std::move(why)); });
  }
  tasks_.keep_up([this] { return run(); });
}

net::Task<void> Connection::stop() {
  stopping_ = true;
  if (session_ != nullptr) session_->fail(stopped());
  pause_.ring();
  if (hooks_.locator) co_await hooks_.locator->stop();
  co_await tasks_.join();
}

net::Task<void> Connection::run() {
  while (!stopping_) {
    moved_ = false;
    const Error why = co_await run_once();
    set_down(why);
    if (stopping_ || moved_) continue;
    const double chance = std::uniform_real_distribution<double>{0.0, 1.0}(random_);
    const TimePoint until = timer_now() + backoff_.next(chance);
    while (!stopping_ && !moved_ && timer_now() < until) co_await pause_.until(until);
  }
}

net::Task<Error> Connection::run_once() {
  const Result<config::Address> address = co_await locate();
  if (!address) co_return address.error();
  if (stopping_) co_return stopped();
  const TimePoint until = timer_now() + settings_.connect_timeout;
  Result<std::unique_ptr<net::Stream>> stream =
      co_await open_stream(settings_, *address, deadlines_, until);
  if (!stream) co_return stream.error();
  if (stopping_) co_return stopped();

  Session session{std::move(*stream), settings_, hooks_.on_push};
  const Result<void> introduced = co_await hold(session, until);
  // What the greeting says of the same failure has the next step in it.
  co_return introduced ? session.failure() : introduced.error();
}

// Whatever happens here, the session's loops have ended when this does.
net::Task<Result<void>> Connection::hold(Session& session, TimePoint until) {
  session_ = &session;
  Result<void> introduced = out_of_memory();
  TimePoint up_since = TimePoint::max();
  try {
    session.start(until);
    introduced = co_await introduce(session);
    if (!introduced) session.fail(introduced.error());
    if (!session.failed()) {
      up_since = timer_now();
      set_up(session);
    }
  } catch (const std::bad_alloc&) {
    session.fail(out_of_memory());
  }
  while (session.running()) co_await session.ended();
  if (up_since != TimePoint::max()) backoff_.on_connection(timer_now() - up_since);
  live_ = nullptr;
  session_ = nullptr;
  co_return introduced;
}

net::Task<Result<config::Address>> Connection::locate() {
  if (!hooks_.locator) co_return settings_.address;
  Result<config::Address> address = co_await hooks_.locator->locate();
  co_return address;
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

net::Task<Result<Reply>> Connection::command(Args args, milliseconds timeout, Lead lead) {
  if (!is_up()) return refused(unavailable());
  return live_->command(args, timeout, lead);
}

void Connection::send(Args args) {
  if (is_up()) live_->send(args);
}

void Connection::reconnect(Error why) {
  if (live_ != nullptr) live_->fail(std::move(why));
}

void Connection::move(Error why) {
  moved_ = true;
  if (session_ != nullptr) session_->fail(std::move(why));
  pause_.ring();
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
