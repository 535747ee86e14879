#include "proxy/server/request_input.hpp"

namespace wf::server {

namespace {

constexpr std::size_t kFirstRead = 2048;
constexpr std::size_t kBodyRead = 32768;
constexpr std::size_t kKeepIdle = 4096;
constexpr std::size_t kDrainBytes = 65536;
constexpr net::milliseconds kDrainTime{1000};

Error to_error(const message::Refusal& refusal) {
  const auto code = refusal.status == 413 ? ErrorCode::TooLarge : ErrorCode::Malformed;
  return {code, Side::Client, Retry::No,
          std::string{to_string(refusal.rule)}.append(": ").append(refusal.what)};
}

}  // namespace

RequestInput::RequestInput(net::Stream& stream, const message::RequestRules& rules)
    : stream_(stream), limits_(rules.limits), reader_(rules) {}

net::Task<Result<void>> RequestInput::fill(net::ReadBuffer& buffer, std::size_t least) {
  const auto room = buffer.prepare(least);
  const auto n = co_await stream_.read_some(room);
  if (!n) co_return n.error();
  buffer.commit(*n);
  co_return Result<void>{};
}

net::Task<boost::system::result<void, NoRequest>> RequestInput::read_head() {
  using Why = NoRequest::Why;
  bool begun = !head_bytes_.unread().empty();
  stream_.expire_in(begun ? limits_.header_timeout : limits_.idle_timeout);
  for (;;) {
    if (begun) {
      const auto complete = reader_.read_head(head_bytes_.unread());
      if (!complete) co_return NoRequest{Why::Refused, complete.error()};
      if (*complete) break;
    }
    idle_ = !begun;
    const auto got = co_await fill(head_bytes_, kFirstRead);
    idle_ = false;
    if (!got) {
      if (!begun) co_return NoRequest{};
      const bool late = got.error().code == ErrorCode::Timeout;
      co_return NoRequest{late ? Why::TimedOut : Why::Broken, {}};
    }
    if (!begun) stream_.expire_in(limits_.header_timeout);
    begun = true;
  }
  body_bytes_ = 0;
  body_done_ = !head().has_body();
  if (!body_done_) {
    // The head's bytes must not move from now on, so the body goes on in a buffer of its own.
    body_bytes_buffer_.clear();
    body_bytes_buffer_.append(head_bytes_.unread().substr(reader_.head_size()));
    consumed_ = 0;
  }
  stream_.never_expire();
  co_return boost::system::result<void, NoRequest>{};
}

net::Task<Result<std::string_view>> RequestInput::read_ahead(std::size_t limit) {
  for (;;) {
    const auto piece = co_await next_piece();
    if (!piece) co_return piece.error();
    ahead_ += *piece;
    if (piece->empty() || ahead_.size() > limit) break;
  }
  give_ahead_ = !ahead_.empty();
  co_return std::string_view{ahead_};
}

net::Task<Result<std::string_view>> RequestInput::read_body() {
  if (std::exchange(give_ahead_, false)) co_return std::string_view{ahead_};
  co_return co_await next_piece();
}

net::Task<Result<std::string_view>> RequestInput::next_piece() {
  body_bytes_buffer_.consume(std::exchange(consumed_, 0));
  while (!body_done_) {
    const auto piece = reader_.read_body(body_bytes_buffer_.unread());
    if (!piece) co_return to_error(piece.error());
    body_done_ = piece->done;
    if (!piece->data.empty()) {
      consumed_ = piece->consumed;
      body_bytes_ += piece->data.size();
      co_return piece->data;
    }
    body_bytes_buffer_.consume(piece->consumed);
    if (piece->done || piece->consumed != 0) continue;
    stream_.expire_in(limits_.body_timeout);
    const auto got = co_await fill(body_bytes_buffer_, kBodyRead);
    if (!got) co_return got.error();
    stream_.never_expire();
  }
  co_return std::string_view{};
}

void RequestInput::next() noexcept {
  if (head().has_body()) {
    body_bytes_buffer_.consume(std::exchange(consumed_, 0));
    head_bytes_.clear();
    head_bytes_.append(body_bytes_buffer_.unread());
    body_bytes_buffer_.clear();
    body_bytes_buffer_.shrink(0);
  } else {
    head_bytes_.consume(reader_.head_size());
  }
  reader_.reset();
  ahead_ = {};
  give_ahead_ = false;
  head_bytes_.shrink(kKeepIdle);
}

net::Task<void> RequestInput::drain() {
  stream_.revive();
  stream_.shutdown_send();
  stream_.expire_in(kDrainTime);
  body_bytes_buffer_.clear();
  for (std::size_t drained = 0; drained < kDrainBytes;) {
    const auto room = body_bytes_buffer_.prepare(kFirstRead);
    const auto n = co_await stream_.read_some(room);
    if (!n) co_return;
    drained += *n;
  }
}

}  // namespace wf::server
