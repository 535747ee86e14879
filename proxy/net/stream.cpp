#include "proxy/net/stream.hpp"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <utility>

#include <boost/asio/error.hpp>

#include "proxy/net/buffers.hpp"

namespace wf::net {

namespace {

constexpr std::size_t kMaxBuffers = 64;
/// How soon it is seen that a slow peer has taken something. What its kernel takes in the beginning
/// must not count as if it had come at the end of its patience.
constexpr milliseconds kLook{250};

boost::system::error_code last_error() noexcept {
  return {errno, boost::system::system_category()};
}

bool is_would_block(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK; }

/// The descriptor of a socket that Asio no longer watches; −1: it was not open.
int taken_from(Socket socket) {
  if (!socket.is_open()) return -1;
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  return socket.release();
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
    : Stream(socket.get_executor(), taken_from(std::move(socket)), deadlines, side) {}

Stream::Stream(Executor executor, int descriptor, DeadlineList& deadlines, Side side)
    : executor_(executor),
      socket_(descriptor),
      ready_(executor, descriptor),
      deadlines_(deadlines),
      side_(side) {
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
  for (;;) {
    if (!may_read()) co_await edge();
    const Result<std::size_t> n = read_now(into);
    if (!n || *n != 0) co_return n;
  }
}

Result<std::size_t> Stream::read_now(asio::mutable_buffer into) {
  const Result<std::size_t> n = receive(into, 0);
  // Less than there was room for: the rest, if any, has an edge of its own.
  if (n && *n < into.size()) ready_.exhausted(Readiness::Side::Read);
  return n;
}

Result<std::size_t> Stream::peek_now(asio::mutable_buffer into) { return receive(into, MSG_PEEK); }

Result<std::size_t> Stream::receive(asio::mutable_buffer into, int flags) {
  if (state_ != State::Open) return error_from({});
  if (into.size() == 0) return std::size_t{0};
  ssize_t n = 0;
  do n = ::recv(socket_, into.data(), into.size(), flags);
  while (n < 0 && errno == EINTR);
  if (n > 0) return static_cast<std::size_t>(n);
  if (n == 0) return error_from(asio::error::eof);
  if (!is_would_block(errno)) return error_from(last_error());
  ready_.exhausted(Readiness::Side::Read);
  // After its end the kernel tells nothing more: who waited would do so for ever.
  if (ready_.may(Readiness::Side::Read)) return error_from(asio::error::connection_reset);
  return std::size_t{0};
}

Result<std::size_t> Stream::write_now(std::span<const asio::const_buffer> from) {
  return tls_ ? write_tls_now(from) : write_plain_now(from);
}

Result<std::size_t> Stream::write_plain_now(std::span<const asio::const_buffer> from) {
  if (state_ != State::Open) return error_from({});
  std::array<iovec, kMaxBuffers> pieces;  // NOLINT: filled below as far as it is read
  const std::size_t count = std::min(from.size(), kMaxBuffers);
  for (std::size_t i = 0; i < count; ++i) {
    pieces[i] = {const_cast<void*>(from[i].data()), from[i].size()};  // NOLINT: sendmsg only reads
  }
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = count;
  const ssize_t n = ::sendmsg(socket_, &message, MSG_NOSIGNAL);
  if (n >= 0) {
    if (pace_ != nullptr) queued_ += static_cast<std::size_t>(n);
    return static_cast<std::size_t>(n);
  }
  if (errno == EINTR) return std::size_t{0};
  if (!is_would_block(errno)) return error_from(last_error());
  ready_.exhausted(Readiness::Side::Write);
  if (ready_.may(Readiness::Side::Write)) return error_from(asio::error::connection_reset);
  return std::size_t{0};
}

Task<Result<void>> Stream::writable() {
  if (state_ == State::Open && !ready_.may(Readiness::Side::Write)) {
    co_await ready_.edge(Readiness::Side::Write);
  }
  if (state_ != State::Open) co_return error_from({});
  co_return Result<void>{};
}

Task<Result<void>> Stream::connected() {
  const Result<void> ended = co_await writable();
  if (!ended) co_return ended.error();
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) co_return error_from({error, boost::system::system_category()});
  co_return Result<void>{};
}

Task<Result<void>> Stream::write(std::span<asio::const_buffer> from) {
  from = consume(from, 0);
  while (!from.empty()) {
    const Result<std::size_t> written = write_now(from);
    if (!written) co_return written.error();
    if (*written == 0) {
      const Result<void> ended = co_await writable();
      if (!ended) co_return ended.error();
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
  deadlines_.expire_in(writing_, std::min(pace.left(), kLook));
}

std::uint64_t Stream::unacknowledged() const noexcept {
  int bytes = 0;
  if (::ioctl(socket_, SIOCOUTQ, &bytes) != 0 || bytes < 0) return 0;
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
  deadlines_.expire_in(writing_, std::min(pace_->left(), kLook));
}

void Stream::expire() noexcept {
  if (state_ == State::Open) state_ = State::Expired;
  ready_.wake();
}

void Stream::abort() noexcept {
  if (state_ == State::Open) state_ = State::Aborted;
  ready_.wake();
}

void Stream::shutdown_send() noexcept {
  if (tls_) {
    try {
      tls_->end();
      [[maybe_unused]] const Result<bool> said = flush_tls_now();
    } catch (const std::bad_alloc&) {
      // Its end is not authenticated then.
    }
  }
  ::shutdown(socket_, SHUT_WR);
}

void Stream::close() noexcept {
  if (socket_ == -1) return;
  abort();
  ready_.forget();
  ::close(std::exchange(socket_, -1));
}

void Stream::reset() noexcept {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

bool Stream::has_bytes() const noexcept {
  char byte = 0;
  return ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

bool Stream::readable() const noexcept {
  pollfd fd{socket_, POLLIN | POLLRDHUP, 0};
  return ::poll(&fd, 1, 0) != 0;
}

}  // namespace wf::net
