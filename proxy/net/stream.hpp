// A connected byte stream with a deadline: TCP or a unix socket, plain or by TLS.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include "proxy/base/error.hpp"
#include "proxy/net/deadline.hpp"
#include "proxy/net/pace.hpp"
#include "proxy/net/poller.hpp"
#include "proxy/net/task.hpp"
#include "proxy/net/tls_engine.hpp"

namespace wf::net {

using Socket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;

/// Owned by one coroutine at a time on its worker's thread; reading and writing may overlap.
/// A deadline that passes cancels what is under way, and everything after it fails with Timeout.
class Stream {
 public:
  /// `side` is whom errors are blamed on. `deadlines` must outlive the stream.
  Stream(Socket socket, DeadlineList& deadlines, Side side);
  /// Takes `descriptor` over: a socket on which connect was called at least.
  Stream(Executor executor, int descriptor, DeadlineList& deadlines, Side side);
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { close(); }

  /// Shakes hands as the side that connects; from then on everything is encrypted. Before anything
  /// was read or written. See TlsEngine for `peer`; `context` outlives the stream.
  [[nodiscard]] Task<Result<void>> secure(const TlsContext& context, std::string peer);

  /// Bytes read, at least 1; Closed when the peer has ended in order.
  [[nodiscard]] Task<Result<std::size_t>> read_some(asio::mutable_buffer into);
  /// What has arrived, without waiting; 0: nothing yet. Plain streams only.
  [[nodiscard]] Result<std::size_t> read_now(asio::mutable_buffer into);
  /// The same, but what has arrived stays to be read. Not once the stream is by TLS.
  [[nodiscard]] Result<std::size_t> peek_now(asio::mutable_buffer into);
  /// Whether read_now may find something; false: `co_await edge()` comes first, which returns when
  /// it may, or when a deadline or an abort has ended the wait.
  [[nodiscard]] bool may_read() const noexcept {
    return state_ != State::Open || ready_.may(Readiness::Side::Read);
  }
  [[nodiscard]] auto edge() { return ready_.edge(Readiness::Side::Read); }
  /// Until a connect that was under way has succeeded or failed.
  [[nodiscard]] Task<Result<void>> connected();
  /// Writes everything, in as few system calls as the kernel takes.
  [[nodiscard]] Task<Result<void>> write(std::span<asio::const_buffer> from);
  [[nodiscard]] Task<Result<void>> write(asio::const_buffer from);
  /// Writes what the kernel takes at once; never waits. 0 when it takes nothing now.
  [[nodiscard]] Result<std::size_t> write_now(std::span<const asio::const_buffer> from);

  /// The deadline of reading, and of whatever else is one thing at a time.
  void expire_in(milliseconds delay) noexcept { deadlines_.expire_in(reading_, delay); }
  void never_expire() noexcept { DeadlineList::never(reading_); }
  /// That of writing is apart, since a proxy reads a request while it writes the answer.
  /// It begins anew whenever the peer has taken something: a slow reader is not a dead one.
  void expire_write_in(milliseconds delay) noexcept {
    write_delay_ = delay;
    deadlines_.expire_in(writing_, delay);
  }
  void never_expire_write() noexcept {
    write_delay_ = milliseconds::max();
    if (pace_ != nullptr) look_at_peer();
    pace_ = nullptr;
    DeadlineList::never(writing_);
  }
  /// Instead of expire_write_in: writing goes on as long as `pace` lets it. What counts is what the
  /// peer's side has acknowledged, not what our kernel has taken. `pace` must live until
  /// never_expire_write.
  void pace_writes(Pace& pace) noexcept;
  /// From now on every operation fails with Cancelled, also one that waits now.
  void abort() noexcept;
  /// After a deadline: the peer may still be told why. An aborted stream stays dead.
  void revive() noexcept {
    if (state_ == State::Expired) state_ = State::Open;
  }
  [[nodiscard]] bool expired() const noexcept { return state_ == State::Expired; }
  /// Ends our sending half; the peer sees the end after what was written.
  void shutdown_send() noexcept;
  void close() noexcept;
  /// Closes with a reset, where an end in order would say that everything was sent.
  void reset() noexcept;
  /// True if the peer has sent something or has ended, without reading it: what makes a pooled
  /// connection unfit (RFC 9112 §9.2).
  [[nodiscard]] bool readable() const noexcept;
  /// From now on nothing is expected of the peer.
  void rest() noexcept { rests_since_ = look(); }
  /// True: `readable` was false when the loop last looked, which was after `rest`. False: unknown.
  [[nodiscard]] bool seen_quiet() const noexcept { return !may_read() && look() != rests_since_; }
  /// Whether that is bytes.
  [[nodiscard]] bool has_bytes() const noexcept;

  [[nodiscard]] Executor executor() const noexcept { return executor_; }
  [[nodiscard]] bool is_open() const noexcept { return socket_ != -1; }
  /// The socket's; −1 once it is closed.
  [[nodiscard]] int descriptor() const noexcept { return socket_; }

 private:
  enum class State : unsigned char { Open, Expired, Aborted };
  struct ReadDeadline final : Deadline {
    explicit ReadDeadline(Stream& owner) : stream(owner) {}
    void on_deadline() noexcept override { stream.expire(); }
    Stream& stream;
  };
  struct WriteDeadline final : Deadline {
    explicit WriteDeadline(Stream& owner) : stream(owner) {}
    void on_deadline() noexcept override { stream.on_write_deadline(); }
    Stream& stream;
  };
  [[nodiscard]] std::uint32_t look() const noexcept {
    return static_cast<std::uint32_t>(ready_.looks());
  }
  void expire() noexcept;
  void on_write_deadline() noexcept;
  /// Tells the pace how long it was since the last look, and what has left our kernel since.
  void look_at_peer() noexcept;
  /// Bytes that our kernel keeps until the peer's has acknowledged them.
  [[nodiscard]] std::uint64_t unacknowledged() const noexcept;
  [[nodiscard]] Result<std::size_t> receive(asio::mutable_buffer into, int flags);
  [[nodiscard]] Task<Result<std::size_t>> read_plain(asio::mutable_buffer into);
  [[nodiscard]] Result<std::size_t> write_plain_now(std::span<const asio::const_buffer> from);
  /// Reads from the network into the engine.
  [[nodiscard]] Task<Result<void>> feed_tls();
  [[nodiscard]] Task<Result<std::size_t>> read_tls(asio::mutable_buffer into);
  [[nodiscard]] Result<std::size_t> write_tls_now(std::span<const asio::const_buffer> from);
  /// Gives the kernel what it takes of the engine's output; true when nothing is left.
  [[nodiscard]] Result<bool> flush_tls_now();
  [[nodiscard]] Task<Result<void>> flush_tls();
  /// Until the kernel takes something again, or the wait was ended.
  [[nodiscard]] Task<Result<void>> writable();
  /// Why nothing works any more; else `otherwise`.
  [[nodiscard]] Error error_from(boost::system::error_code otherwise) const;

  Executor executor_;
  int socket_;                     // -1: closed
  std::uint32_t rests_since_ = 0;  // the look at which `rest` was called; its lower half
  Readiness ready_;
  DeadlineList& deadlines_;
  ReadDeadline reading_{*this};
  WriteDeadline writing_{*this};
  milliseconds write_delay_ = milliseconds::max();  // max: none
  std::unique_ptr<TlsEngine> tls_;                  // null: plain
  Pace* pace_ = nullptr;                            // of writing; null: none
  std::uint64_t queued_ = 0;                        // by us, not acknowledged at the last look
  std::chrono::steady_clock::time_point looked_{};  // at the peer
  Side side_;
  State state_ = State::Open;
};

/// The errors of Asio in our words.
[[nodiscard]] Error to_error(boost::system::error_code ec, Side side);

}  // namespace wf::net
