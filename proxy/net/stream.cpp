#include "proxy/net/stream.hpp"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <boost/asio/error.hpp>

namespace wf::net {

namespace {

constexpr std::size_t kMaxBuffers = 64;

/// Drops `n` bytes from the front of a list of buffers.
std::span<asio::const_buffer> consume(std::span<asio::const_buffer> buffers, std::size_t n) {
  while (!buffers.empty() && n >= buffers.front().size()) {
    n -= buffers.front().size();
    buffers = buffers.subspan(1);
  }
  if (!buffers.empty()) buffers.front() += n;
  return buffers;
}

}  // namespace

Error to_error(boost::system::error_code ec, Side side) {
  namespace err = asio::error;
  ErrorCode code = ErrorCode::Reset;
  if (ec == err::eof) code = ErrorCode::Closed;
  if (ec == err::operation_aborted) code = ErrorCode::Cancelled;
  if (ec == err::timed_out) code = ErrorCode::Timeout;
  if (ec == err::connection_refused || ec == boost::system::errc::no_such_file_or_directory) {
    code = ErrorCode::Refused;
  }
  if (ec == err::host_not_found || ec == err::host_not_found_try_again) {
    code = ErrorCode::Unresolved;
  }
  return {code, side, Retry::No, ec.message()};
}

Stream::Stream(Socket socket, DeadlineList& deadlines, Side side)
    : socket_(std::move(socket)), deadlines_(deadlines), side_(side) {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  deadlines_.add(reading_);
  deadlines_.add(writing_);
}

Error Stream::error_from(boost::system::error_code ec) const {
  switch (state_) {
    case State::Expired:
      return {ErrorCode::Timeout, side_, Retry::No, "deadline passed"};
    case State::Aborted:
      return {ErrorCode::Cancelled, side_, Retry::No, {}};
    case State::Open:
      break;
  }
  return to_error(ec, side_);
}

Task<Result<std::size_t>> Stream::read_some(asio::mutable_buffer into) {
  return tls_ ? read_tls(into) : read_plain(into);
}

Task<Result<std::size_t>> Stream::read_plain(asio::mutable_buffer into) {
  if (state_ != State::Open) co_return error_from({});
  // Asio tries to read at once and waits for readiness only then. Between two requests that try is
  // in vain, but it is cheaper than what a wait in its place would cost (epoll_ctl).
  const auto [ec, n] = co_await socket_.async_read_some(into, kTuple);
  if (ec) co_return error_from(ec);
  co_return n;
}

Result<std::size_t> Stream::write_now(std::span<const asio::const_buffer> from) {
  return tls_ ? write_tls_now(from) : write_plain_now(from);
}

Result<std::size_t> Stream::write_plain_now(std::span<const asio::const_buffer> from) {
  if (state_ != State::Open) return error_from({});
  boost::system::error_code ec;
  const std::size_t n = socket_.write_some(from.first(std::min(from.size(), kMaxBuffers)), ec);
  if (pace_ != nullptr) queued_ += n;
  if (!ec || ec == asio::error::would_block) return n;
  return error_from(ec);
}

Task<Result<void>> Stream::write(std::span<asio::const_buffer> from) {
  from = consume(from, 0);
  while (!from.empty()) {
    const Result<std::size_t> written = write_now(from);
    if (!written) co_return written.error();
    if (*written == 0) {
      const auto [ec] = co_await socket_.async_wait(Socket::wait_write, kTuple);
      if (ec) co_return error_from(ec);
    } else if (write_delay_ != milliseconds::max()) {
      deadlines_.expire_in(writing_, write_delay_);
    }
    from = consume(from, *written);
  }
  if (!tls_) co_return Result<void>{};
  co_return co_await flush_tls();
}

Task<Result<void>> Stream::write(asio::const_buffer from) {
  co_return co_await write(std::span{&from, 1});
}

void Stream::pace_writes(Pace& pace) noexcept {
  pace_ = &pace;
  queued_ = unacknowledged();
  looked_ = timer_now();
  deadlines_.expire_in(writing_, pace.left());
}

std::uint64_t Stream::unacknowledged() const noexcept {
  int bytes = 0;
  const int fd = const_cast<Socket&>(socket_).native_handle();
  if (::ioctl(fd, SIOCOUTQ, &bytes) != 0 || bytes < 0) return 0;
  return static_cast<std::uint64_t>(bytes);
}

void Stream::look_at_peer() noexcept {
  const auto now = timer_now();
  const std::uint64_t queued = unacknowledged();
  pace_->waited(now - std::exchange(looked_, now));
  pace_->moved(queued < queued_ ? queued_ - queued : 0);
  queued_ = queued;
}

void Stream::on_write_deadline() noexcept {
  if (pace_ == nullptr) return expire();
  look_at_peer();
  if (pace_->over()) return expire();
  deadlines_.expire_in(writing_, pace_->left());
}

void Stream::expire() noexcept {
  if (state_ == State::Open) state_ = State::Expired;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Stream::abort() noexcept {
  if (state_ == State::Open) state_ = State::Aborted;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Stream::shutdown_send() noexcept {
  if (tls_) {
    tls_->end();
    [[maybe_unused]] const Result<bool> said = flush_tls_now();
  }
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::close() noexcept {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Stream::reset() noexcept {
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
  socket_.close(ignored);
}

bool Stream::readable() const noexcept {
  pollfd fd{const_cast<Socket&>(socket_).native_handle(), POLLIN | POLLRDHUP, 0};
  return ::poll(&fd, 1, 0) != 0;
}

}  // namespace wf::net
