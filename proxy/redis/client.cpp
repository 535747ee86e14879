#include "proxy/redis/client.hpp"

#include <utility>

#include "proxy/base/clock.hpp"
#include "proxy/redis/rejection.hpp"

namespace wf::redis {

Client::Client(net::Executor executor, net::DeadlineList& deadlines, Settings settings, Hooks hooks)
    : breaker_(settings.breaker),
      connection_(executor, deadlines, std::move(settings), watched(std::move(hooks))) {}

Hooks Client::watched(Hooks hooks) {
  auto wanted = std::move(hooks.on_link);
  hooks.on_link = [this, wanted = std::move(wanted)](Link link, const Error* why) {
    on_link(link);
    if (wanted) wanted(link, why);
  };
  return hooks;
}

void Client::on_link(Link link) {
  switch (link) {
    case Link::Up:
      breaker_.on_success();  // the greeting's PING was a probe
      break;
    case Link::Down:
      breaker_.on_down(timer_now());
      break;
  }
  publish();
}

net::Task<Result<Reply>> Client::call(Args args) {
  return call_within(args, connection_.settings().timeout, Lead::None);
}

net::Task<Result<Reply>> Client::call_within(Args args, milliseconds timeout, Lead lead) {
  const TimePoint now = timer_now();
  if (!breaker_.admit(now)) {
    count(connection_.counters().unavailable);
    co_return Error{ErrorCode::Unavailable, Side::Store, Retry::Safe, "the breaker is open"};
  }
  publish();
  Result<Reply> raw = co_await connection_.command(args, timeout, lead);
  Result<Reply> reply = checked(std::move(raw));
  record(reply, now);
  co_return reply;
}

void Client::record(const Result<Reply>& reply, TimePoint sent) {
  if (reply) {
    breaker_.on_success();
    count(connection_.counters().sent);
    count(connection_.counters().ok);
  } else {
    record_error(reply.error(), sent);
  }
  publish();
}

void Client::record_error(const Error& error, TimePoint sent) {
  Counters& counters = connection_.counters();
  if (error.code == ErrorCode::Unavailable) {
    count(counters.unavailable);  // says nothing about the server that is not known already
    return;
  }
  count(counters.sent);
  if (error.code == ErrorCode::Rejected) {
    count(counters.rejected);
    if (verdict_of(error.detail) == Verdict::CommandOnly) {
      breaker_.on_success();
    } else {
      breaker_.on_down(timer_now());
    }
  } else if (error.code == ErrorCode::Timeout) {
    count(counters.timeouts);
    breaker_.on_timeout(sent, timer_now());
  } else {
    count(counters.lost);  // the breaker is told once, by on_link
  }
}

void Client::publish() noexcept {
  connection_.counters().breaker.store(breaker_.state(), std::memory_order_relaxed);
}

}  // namespace wf::redis
