// One request to an origin and its answer.
//
// The order is: open, then (write_body…, finish_body) beside (read_head until the final one,
// read_body until the empty Chunk). Sending and reading may run at the same time, in two
// coroutines of the pool's worker: at most one of each; every read is independent of the writer's
// success, since an origin may answer, and refuse, before it has read everything (RFC 9112 §9.5).
//
// Every step is there twice: as a plain function that goes as far as it can without waiting, by
// which the usual exchange waits once, for the answer's first byte; and as the task that goes on.
//
// The answer decides when it is over: if it is complete while the request is not, the connection is
// closed and a write that waits fails with Cancelled. Otherwise the connection goes back to the
// pool by itself, if nothing speaks against it (rules R4, R5).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/base/chunk.hpp"
#include "proxy/message/reader.hpp"
#include "proxy/upstream/expiry.hpp"
#include "proxy/upstream/inbox.hpp"
#include "proxy/upstream/pool.hpp"
#include "proxy/upstream/request.hpp"
#include "proxy/upstream/upload.hpp"

namespace wf::upstream {

namespace asio = net::asio;

/// For the access log. Times by the pool's clock.
struct ExchangeFacts {
  std::string address;          ///< "127.0.0.1:9000"; of the last attempt
  bool reused = false;          ///< the last attempt used a kept-alive connection
  unsigned attempts = 0;        ///< 2 when the request was sent again
  Micros connect{0};            ///< until there was a connection, look-up and waiting included
  Micros first_byte{0};         ///< from the sent head to the first byte of the answer; 0: none
  std::uint64_t bytes_out = 0;  ///< head, body and framing, as sent
  std::uint64_t bytes_in = 0;
};

/// Used on its pool's worker only. Destroy it when no coroutine is inside; what is not complete by
/// then is closed. Must not outlive its pool. All errors are of Side::Upstream unless said
/// otherwise; after an error of reading, nothing more can be read.
class Exchange {
 public:
  Exchange(Pool& pool, OutgoingRequest request);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange();

  /// Takes a connection, kept-alive or new, and sends the head; before anything else, and once.
  /// Errors are those of Pool::acquire and of writing; Retry::Safe only if no byte was sent. A
  /// kept-alive connection that turns out to be dead is replaced if no byte was sent or the request
  /// is replayable.
  [[nodiscard]] net::Soon<Result<void>> start();

  /// Sends one piece of the request body, framed as the head said, within write_timeout. `piece`
  /// must live until then. An error means: send no more, the answer may still come. Internal
  /// (Side::Self) and a broken connection if it is more than the head announced.
  [[nodiscard]] net::Task<Result<void>> write_body(std::string_view piece);
  /// Ends the request body. Internal (Side::Self) and a broken connection, so that the origin
  /// cannot take the part for the whole, if less came than the head announced.
  [[nodiscard]] net::Task<Result<void>> finish_body();

  /// The next head: interim ones (status below 200, at most 16) come first, 101 only if it was
  /// asked for. Timeout when response_timeout has passed since the last byte of the whole request
  /// was sent. If a kept-alive connection died without a byte of an answer and the request is
  /// replayable, it is sent once more on a new one, unnoticed but for the facts (FM-25); so it is
  /// where what comes does not begin like an answer, but is left of the one before (R5). The head
  /// stays good until the next read_head, or as long as the exchange.
  [[nodiscard]] net::Task<Result<const message::ResponseHead*>> read_head();
  /// The same without waiting; nothing: read_head has to go on.
  [[nodiscard]] std::optional<Result<const message::ResponseHead*>> head_now();
  /// After the final head: the next piece of the body, at most Inbox::kLargest, in memory of its
  /// own; empty at its end in order. A cut answer is an error and never an end (R7). Timeout when
  /// read_timeout passes without a byte either way. Nothing is read between two calls.
  [[nodiscard]] net::Task<Result<Chunk>> read_body();
  /// The same without waiting, as a view that is good until anything else is read here; empty:
  /// nothing yet, or the end.
  [[nodiscard]] Result<std::string_view> body_now();
  /// What the plain functions wait for, where one has brought nothing: `co_await edge()` returns
  /// when another try may bring something, be it a timeout.
  [[nodiscard]] bool may_read() const noexcept {
    return !lease_.held() || lease_.stream().may_read();
  }
  [[nodiscard]] auto edge() {
    begin_wait();
    return lease_.stream().edge();
  }
  /// The answer was read to its end in order.
  [[nodiscard]] bool complete() const noexcept { return phase_ == Phase::Done; }

  /// Breaks the connection now; what waits fails with Cancelled.
  void abandon() noexcept;

  /// After a 101: the connection, and what the origin has sent behind the head. The stream has no
  /// deadline and no longer counts for max_connections; the exchange is over.
  [[nodiscard]] std::pair<std::unique_ptr<net::Stream>, std::string> release_stream();

  [[nodiscard]] const ExchangeFacts& facts() const noexcept { return facts_; }

 private:
  enum class Phase : std::uint8_t { Head, Body, Tunnel, Done };

  [[nodiscard]] net::Task<Result<void>> start_later(net::Task<Result<Lease>> lease);
  [[nodiscard]] net::Task<Result<void>> attempt_fresh();
  void begin_attempt() noexcept;
  void take(Lease lease);
  [[nodiscard]] net::Soon<Result<void>> send_head();
  [[nodiscard]] net::Task<Result<void>> send_rest_of_head(asio::const_buffer rest);
  [[nodiscard]] net::Task<Result<void>> send(std::span<asio::const_buffer> buffers);
  void arm_read_expiry() noexcept;
  void on_body_sent() noexcept;
  [[nodiscard]] bool can_replay(const Error& error) const noexcept;
  [[nodiscard]] bool is_leftover() const noexcept;
  void begin_reading() noexcept;

  void begin_wait() noexcept;
  /// Bytes read; 0: nothing has come yet.
  [[nodiscard]] Result<std::size_t> fill_now();
  void on_head() noexcept;
  [[nodiscard]] Result<std::string_view> decode();
  [[nodiscard]] Result<std::string_view> on_end_of_stream(Error error);
  void count_cut(const Error& how) noexcept;
  void settle() noexcept;
  void break_off() noexcept;
  /// Counts what the answer broke, and ends the connection.
  [[nodiscard]] Error refuse(const message::Refusal& refusal);
  [[nodiscard]] Error explain(Error error) const;

  Pool& pool_;
  OutgoingRequest request_;
  Upload upload_;
  Lease lease_;
  Expiry read_expiry_;
  Expiry write_expiry_;
  std::unique_ptr<Workspace> workspace_;  // the pool's
  message::ResponseReader& reader_;
  Inbox& inbox_;
  std::shared_ptr<const char[]> head_block_;  // the head's views lie in it
  ExchangeFacts facts_;
  SteadyTime sent_at_{};
  std::uint64_t attempt_out_ = 0;  // bytes of this attempt
  std::uint64_t attempt_in_ = 0;
  Phase phase_ = Phase::Head;
  bool interim_ = false;      // the last head was an interim one
  bool sending_ = false;      // a coroutine is inside send
  bool send_failed_ = false;  // no more of the request can be sent
  bool reading_ = false;      // somebody waits for more of the answer
  bool died_ = false;         // without a byte of an answer: it is to be sent again
};

/// An exchange that was started.
[[nodiscard]] net::Task<Result<std::unique_ptr<Exchange>>> open(Pool& pool,
                                                                OutgoingRequest request);

}  // namespace wf::upstream
