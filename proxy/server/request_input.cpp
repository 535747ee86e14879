#include "proxy/server/request_input.hpp"

namespace wf::server {

namespace {

constexpr std::size_t kFirstRead = 2048;  // at least; a desk that has seen more has more room
constexpr std::size_t kMoreOfHead = 512;  // room at least: the buffer grows by what has come
constexpr std::size_t kBodyRead = 32768;
constexpr std::size_t kDrainBytes = 65536;
constexpr net::milliseconds kDrainTime{1000};

Error to_error(const message::Refusal& refusal) {
  const auto code = refusal.status == 413 ? ErrorCode::TooLarge : ErrorCode::Malformed;
  return {code, Side::Client, Retry::No,
          std::string{to_string(refusal.rule)}.append(": ").append(refusal.what)};
}

}  // namespace

net::Task<boost::system::result<void, NoRequest>> RequestInput::read_head() {
  using Why = NoRequest::Why;
  const bool begun = desk_ && !desk_->head_bytes.unread().empty();
  if (!begun) {
    if (desk_) desks_.give_back(std::move(desk_));
    // A client that did not take its answer in time is not waited for again.
    if (stream_.expired()) co_return NoRequest{};
    stream_.expire_in(limits().idle_timeout);
    for (std::size_t n = 0; n == 0;) {
      if (!stream_.may_read()) {
        idle_ = true;
        co_await stream_.edge();
        idle_ = false;
      }
      if (!desk_) desk_ = desks_.take();
      const auto got = stream_.read_now(desk_->head_bytes.prepare(kFirstRead));
      if (!got) co_return NoRequest{};
      desk_->head_bytes.commit(n = *got);
    }
  }
  for (bool timed = false;; timed = true) {
    const auto complete = desk_->reader.read_head(desk_->head_bytes.unread());
    if (!complete) co_return NoRequest{Why::Refused, complete.error()};
    if (*complete) break;
    if (!timed) stream_.expire_in(limits().header_timeout);
    const auto got = co_await stream_.read_some(desk_->head_bytes.prepare(kMoreOfHead));
    if (!got) {
      const bool late = got.error().code == ErrorCode::Timeout;
      co_return NoRequest{late ? Why::TimedOut : Why::Broken, {}};
    }
    desk_->head_bytes.commit(*got);
  }
  stream_.never_expire();
  begin_body();
  co_return boost::system::result<void, NoRequest>{};
}

void RequestInput::begin_body() {
  body_bytes_ = 0;
  body_done_ = !head().has_body();
  if (body_done_) return;
  desk_->body_pace = net::Pace{limits().body_timeout, limits().body_rate};
  // The head's bytes must not move from now on, so the body goes on in a buffer of its own.
  desk_->body_bytes.clear();
  desk_->body_bytes.append(rest());
  consumed_ = 0;
}

net::Task<Result<std::string_view>> RequestInput::read_ahead(std::size_t limit) {
  for (;;) {
    const auto piece = co_await next_piece();
    if (!piece) co_return piece.error();
    desk_->ahead += *piece;
    if (piece->empty() || desk_->ahead.size() > limit) break;
  }
  give_ahead_ = !desk_->ahead.empty();
  co_return std::string_view{desk_->ahead};
}

net::Task<Result<std::string_view>> RequestInput::read_body() {
  if (std::exchange(give_ahead_, false)) co_return std::string_view{desk_->ahead};
  co_return co_await next_piece();
}

net::Task<Result<std::string_view>> RequestInput::next_piece() {
  desk_->body_bytes.consume(std::exchange(consumed_, 0));
  while (!body_done_) {
    const auto piece = desk_->reader.read_body(desk_->body_bytes.unread());
    if (!piece) {
      broken_rule_ = piece.error().rule;
      co_return to_error(piece.error());
    }
    body_done_ = piece->done;
    if (!piece->data.empty()) {
      consumed_ = piece->consumed;
      body_bytes_ += piece->data.size();
      co_return piece->data;
    }
    desk_->body_bytes.consume(piece->consumed);
    if (piece->done || piece->consumed != 0) continue;
    // Only the time that the client lets us wait counts, not that which the origin takes.
    const auto asked = timer_now();
    stream_.expire_in(desk_->body_pace.left());
    const auto got = co_await stream_.read_some(desk_->body_bytes.prepare(kBodyRead));
    if (!got) co_return got.error();
    desk_->body_bytes.commit(*got);
    stream_.never_expire();
    desk_->body_pace.waited(timer_now() - asked);
    desk_->body_pace.moved(*got);
  }
  co_return std::string_view{};
}

void RequestInput::next() noexcept {
  if (head().has_body()) {
    desk_->body_bytes.consume(std::exchange(consumed_, 0));
    desk_->head_bytes.clear();
    desk_->head_bytes.append(desk_->body_bytes.unread());
    desk_->body_bytes.clear();
  } else {
    desk_->head_bytes.consume(desk_->reader.head_size());
  }
  desk_->reader.reset();
  desk_->ahead = {};
  give_ahead_ = false;
}

std::uint64_t RequestInput::unused_bytes() const noexcept {
  if (!desk_) return 0;
  // Behind the head of a request with a body all that came was copied to the body's buffer.
  const std::size_t body = desk_->body_bytes.unread().size();
  return body != 0 ? body - consumed_ : desk_->head_bytes.unread().size();
}

net::Task<std::uint64_t> RequestInput::drain() {
  stream_.revive();
  stream_.shutdown_send();
  stream_.expire_in(kDrainTime);
  const std::uint64_t unused = unused_bytes();
  if (!desk_) desk_ = desks_.take();
  desk_->body_bytes.clear();
  std::uint64_t drained = 0;
  while (drained < kDrainBytes) {
    const auto room = desk_->body_bytes.prepare(kFirstRead);
    const auto n = co_await stream_.read_some(room);
    if (!n) break;
    drained += *n;
  }
  co_return unused + drained;
}

}  // namespace wf::server
