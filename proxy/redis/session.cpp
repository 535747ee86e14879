#include "proxy/redis/session.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "proxy/base/clock.hpp"
#include "proxy/redis/rejection.hpp"

namespace wf::redis {

namespace asio = net::asio;

namespace {

constexpr std::size_t kSlice = 4096;
constexpr std::size_t kReadBuffer = 64 * 1024;
constexpr std::size_t kKeptOutput = 1024 * 1024;  // more is given back after a large write

/// A caller of `command`. Destroyed early (its coroutine was cancelled), it leaves a tombstone.
class CommandWaiter final : public Waiter {
 public:
  explicit CommandWaiter(net::Executor executor) : reply_(executor) {}
  void on_result(Result<Reply> result) noexcept override { reply_.complete(std::move(result)); }
  [[nodiscard]] net::Task<Result<Reply>> wait() { return reply_.wait(); }

 private:
  Completion<Reply> reply_;
};

}  // namespace

Session::Session(std::unique_ptr<net::Stream> stream, const Settings& settings,
                 const PushHandler& on_push)
    : stream_(std::move(stream)),
      settings_(settings),
      on_push_(on_push),
      executor_(stream_->executor()),
      loops_(executor_,
             [this](std::string_view what) {
               fail({ErrorCode::Internal, Side::Self, Retry::No, std::string{what}});
             }),
      pipeline_(settings.pipeline),
      reader_(settings.replies),
      liveness_(settings.liveness, timer_now()),
      output_ready_(executor_),
      look_(executor_) {}

void Session::start(TimePoint greeting_ends) {
  greeting_ends_ = greeting_ends;
  loops_.spawn(read_loop());
  loops_.spawn(write_loop());
  loops_.spawn(watch_loop());
}

void Session::go_live() {
  live_ = true;
  liveness_.on_received(timer_now());
  look_.ring();
}

net::Task<Result<Reply>> Session::call(Args args) {
  const TimePoint now = timer_now();
  const TimePoint deadline = live_ ? now + settings_.timeout : greeting_ends_;
  Result<Reply> reply = co_await command_until(args, {now, deadline}, Lead::None);
  co_return checked(std::move(reply));
}

net::Task<Result<Reply>> Session::command(Args args, milliseconds timeout, Lead lead) {
  const TimePoint now = timer_now();
  return command_until(args, {now, now + timeout}, lead);
}

net::Task<Result<Reply>> Session::command_until(Args args, Pipeline::Times times, Lead lead) {
  if (failure_) co_return Error{failure_->code, failure_->side, Retry::Safe, failure_->detail};
  CommandWaiter waiter{executor_};
  const Result<void> queued = queue(args, times, lead, &waiter);
  if (!queued) co_return queued.error();
  output_ready_.complete({});
  if (times.deadline < armed_) {
    armed_ = times.deadline;
    look_.ring();
  }
  // The session may be gone when this returns: nothing of it is used below.
  Result<Reply> reply = co_await waiter.wait();
  co_return reply;
}

Result<void> Session::queue(Args args, Pipeline::Times times, Lead lead, Waiter* waiter) {
  constexpr std::array<std::string_view, 1> kAsking{"ASKING"};
  if (lead == Lead::Asking) {
    const Result<void> led = pipeline_.push(kAsking, times, nullptr);
    if (!led) return led;
  }
  return pipeline_.push(args, times, waiter);
}

void Session::send(Args args) {
  if (failure_) return;
  pipeline_.push_unanswered(args);
  output_ready_.complete({});
}

void Session::fail(Error error) noexcept {
  if (failure_) return;
  failure_ = std::move(error);
  pipeline_.fail_all(*failure_);
  stream_->abort();
  output_ready_.complete({});
  look_.ring();
}

net::Task<void> Session::read_loop() {
  std::vector<char> buffer(kReadBuffer);
  while (!failure_) {
    const Result<std::size_t> read = co_await stream_->read_some(asio::buffer(buffer));
    if (!read) {
      fail(read.error());
      break;
    }
    const Result<void> understood = on_bytes({buffer.data(), *read});
    if (!understood) fail(understood.error());
  }
}

net::Task<void> Session::write_loop() {
  std::string writing;
  while (!failure_) {
    if (!pipeline_.has_output()) {
      const Result<void> woken = co_await output_ready_.wait();
      if (!woken) fail(woken.error());
      continue;
    }
    pipeline_.take_output(writing);
    const Result<void> written = co_await stream_->write(asio::buffer(writing));
    if (!written) fail(written.error());
    writing.clear();
    if (writing.capacity() > kKeptOutput) writing.shrink_to_fit();
  }
}

net::Task<void> Session::watch_loop() {
  while (!failure_) {
    armed_ = watch(timer_now());
    if (failure_) break;
    co_await look_.until(armed_);
  }
}

TimePoint Session::watch(TimePoint now) {
  liveness_.on_timeouts(pipeline_.expire(now));
  if (!live_) return pipeline_.next_deadline();
  switch (liveness_.judge(now, waiting_since())) {
    case Liveness::Verdict::Alive:
      break;
    case Liveness::Verdict::Ping:
      ping(now);
      break;
    case Liveness::Verdict::Dead:
      fail({ErrorCode::Timeout, Side::Store, Retry::No, "the connection is silent"});
      break;
  }
  return std::min(pipeline_.next_deadline(), liveness_.next_check(waiting_since()));
}

void Session::ping(TimePoint now) {
  constexpr std::array<std::string_view, 1> kPing{"PING"};
  if (pushing()) {
    pinged_ = now;
    send(kPing);
    return;
  }
  // Nobody waits for it: its reply, or its absence, is what Liveness looks at.
  const Result<void> queued = pipeline_.push(kPing, {now, TimePoint::max()}, nullptr);
  if (queued) output_ready_.complete({});
}

std::optional<TimePoint> Session::waiting_since() const noexcept {
  return pushing() ? pinged_ : pipeline_.waiting_since();
}

Result<void> Session::on_bytes(std::string_view bytes) {
  liveness_.on_received(timer_now());
  pinged_.reset();
  // In slices: for every reply hiredis moves what follows it to the front of its buffer, which of a
  // whole read is many times the replies themselves.
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kSlice))) {
    const Result<void> fed = reader_.feed(bytes.substr(0, kSlice));
    if (!fed) return fed;
    while (!failure_) {
      Result<std::optional<Reply>> reply = reader_.next();
      if (!reply) return reply.error();
      if (!reply->has_value()) break;
      const Result<void> matched = on_reply(std::move(**reply));
      if (!matched) return matched;
    }
  }
  return {};
}

Result<void> Session::on_reply(Reply reply) {
  if (pushing()) {
    if (on_push_) on_push_(std::move(reply));
    return {};
  }
  std::optional<Error> lost;
  if (reply.is_error() && verdict_of(reply.text()) == Verdict::Reconnect) {
    lost = rejection(reply.text());
  }
  const Result<void> matched = pipeline_.on_reply(std::move(reply));
  if (matched && lost) return *lost;
  return matched;
}

}  // namespace wf::redis
