// A client's bytes as requests: the head stays where it is while the body streams through.
#pragma once

#include <optional>

#include "proxy/base/chunk.hpp"
#include "proxy/base/error.hpp"
#include "proxy/net/stream.hpp"
#include "proxy/server/desk.hpp"

namespace wf::server {

/// What came instead of a request.
struct NoRequest {
  enum class Why : std::uint8_t {
    Ended,     ///< the client closed, or idled too long, between two requests: nothing to answer
    Refused,   ///< a rule was broken: answer `refusal` and close (F14)
    TimedOut,  ///< a head that did not arrive in time: 408
    Broken,    ///< the connection failed inside a head
  };
  Why why = Why::Ended;
  message::Refusal refusal;
};

/// Used by one coroutine; stream and stock outlive it.
class RequestInput {
 public:
  RequestInput(net::Stream& stream, DeskStock& desks) : stream_(stream), desks_(desks) {}
  RequestInput(const RequestInput&) = delete;
  RequestInput& operator=(const RequestInput&) = delete;
  ~RequestInput() {
    if (desk_) desks_.give_back(std::move(desk_));
  }

  /// The next request's head. Waits `idle_timeout` for its first byte and `header_timeout` for the
  /// whole head from then on (FM-30: absolute, not per read).
  [[nodiscard]] net::Task<boost::system::result<void, NoRequest>> read_head();
  [[nodiscard]] const message::RequestHead& head() const noexcept { return desk_->reader.head(); }
  /// From the first byte of a request until the next one is waited for.
  [[nodiscard]] Desk& desk() noexcept { return *desk_; }

  /// The next piece of the body, as it came; empty at the end. A view that is valid until the next
  /// call. Errors: Side::Client; TooLarge is 413, Malformed 400, Timeout 408.
  [[nodiscard]] net::Task<Result<std::string_view>> read_body();
  /// Reads the body into memory, up to its end or `limit` bytes and one piece more, whichever comes
  /// first, and before any read_body, which gives all of it again. A view that is valid until
  /// `next`.
  [[nodiscard]] net::Task<Result<std::string_view>> read_ahead(std::size_t limit);
  [[nodiscard]] bool body_done() const noexcept { return body_done_; }
  [[nodiscard]] std::uint64_t body_bytes() const noexcept { return body_bytes_; }
  /// The rule that the body broke, once reading it has failed for that.
  [[nodiscard]] std::optional<message::Rule> body_refused_by() const noexcept {
    return broken_rule_;
  }

  /// After the request was answered and its body read to the end: what follows is the next one.
  void next() noexcept;
  /// What came after the head and was not read: the first bytes of a tunnel.
  [[nodiscard]] std::string_view rest() const noexcept {
    return desk_->head_bytes.unread().substr(desk_->reader.head_size());
  }
  /// Reads and throws away what the client still sends, for a bounded time and amount, so that the
  /// answer just written is not lost to a reset (RFC 9112 §9.6). The bytes that were thrown away,
  /// those among them that had been read and not used.
  [[nodiscard]] net::Task<std::uint64_t> drain();
  /// Waits for the first byte of a request.
  [[nodiscard]] bool idle() const noexcept { return idle_; }
  [[nodiscard]] net::Stream& stream() noexcept { return stream_; }

 private:
  [[nodiscard]] const config::ClientLimits& limits() const noexcept {
    return desks_.rules().limits;
  }
  void begin_body();
  [[nodiscard]] std::uint64_t unused_bytes() const noexcept;
  [[nodiscard]] net::Task<Result<std::string_view>> next_piece();

  net::Stream& stream_;
  DeskStock& desks_;
  std::unique_ptr<Desk> desk_;  // null while the connection is idle
  std::size_t consumed_ = 0;    // of the desk's body bytes, by the piece handed out last
  bool give_ahead_ = false;     // what was read ahead is still to be given
  bool idle_ = false;
  bool body_done_ = true;
  std::uint64_t body_bytes_ = 0;
  std::optional<message::Rule> broken_rule_;
};

}  // namespace wf::server
