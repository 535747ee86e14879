// One response on its way to one client, framed for that client.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/chunk.hpp"
#include "proxy/base/fields.hpp"
#include "proxy/cache/record.hpp"
#include "proxy/net/stream.hpp"

namespace wf::server {

/// What the request says of how its answer is framed.
struct AnswerTo {
  unsigned version = 11;
  bool head_only = false;  ///< HEAD
  bool keep_alive = true;  ///< the client wishes it, and so do we
};

/// Exactly one final response per `begin`. Used by one coroutine; the stream outlives it.
class Responder {
 public:
  /// `pace`: how long the client may leave us waiting, anew for each response.
  Responder(net::Stream& stream, net::Pace pace);

  /// For the next request of the connection.
  void begin(AnswerTo to) noexcept;
  /// This response is the connection's last.
  void close_after() noexcept { to_.keep_alive = false; }

  /// An interim response (RFC 9110 §15.2); left out for a client of HTTP/1.0.
  [[nodiscard]] net::Task<Result<void>> interim(unsigned status, FieldSpan fields);

  /// A whole response in one gathered write. `head` is a status line and fields, Content-Length
  /// among them, without the empty line; `extra` more fields.
  [[nodiscard]] net::Task<Result<void>> send(std::string_view head, std::string_view extra,
                                             BodyView body);

  /// The same without waiting. What the kernel did not take is kept, with its `owner`, for
  /// `send_rest`, until which `extra`, that gets an end of its own, must stay as it is.
  [[nodiscard]] Result<void> send_now(std::string_view head, std::string& extra, BodyView body,
                                      cache::RecordPtr owner);
  /// A response whose body follows in pieces. `head` as above but without framing; `length` if
  /// known: else chunked, or until the connection's end for HTTP/1.0. The head leaves with the
  /// first piece, in one write; whoever has to wait for that piece flushes first. Until then `send`
  /// may still answer something else.
  void start(std::string head, std::optional<std::uint64_t> length);
  /// The head, if it has not left yet.
  [[nodiscard]] net::Task<Result<void>> flush() { return rest_of(flush_now()); }
  [[nodiscard]] net::Task<Result<void>> write(std::string_view piece) {
    return rest_of(write_now(piece));
  }
  [[nodiscard]] net::Task<Result<void>> finish() { return rest_of(finish_now()); }
  /// The same without waiting: where something is unsent, `send_rest` comes next.
  [[nodiscard]] Result<void> flush_now();
  [[nodiscard]] Result<void> write_now(std::string_view piece);
  [[nodiscard]] Result<void> finish_now();
  /// The last piece, which is not empty, and the end in one write.
  [[nodiscard]] Result<void> write_last_now(std::string_view piece);

  /// The kernel did not take all at once. What it did not take must stay where it is until
  /// `send_rest`, which comes before anything else is sent.
  [[nodiscard]] bool unsent() const noexcept { return !unsent_.empty(); }
  [[nodiscard]] net::Task<Result<void>> send_rest();

  /// The body broke off: what follows must not make it look complete (R7).
  void cut() noexcept;

  /// 503, where there is no memory for an answer, and before anything has left. Takes none.
  void send_unready() noexcept;

  /// 101 and its fields; what follows belongs to the tunnel.
  [[nodiscard]] net::Task<Result<void>> switch_protocols(std::string head);

  /// Some of a final response has left.
  [[nodiscard]] bool started() const noexcept { return started_; }
  [[nodiscard]] bool keep_alive() const noexcept { return to_.keep_alive; }
  [[nodiscard]] unsigned status() const noexcept { return status_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  void append_connection(std::string& out) const;
  /// The status of `head` is that of the answer; whether its body is sent.
  [[nodiscard]] bool begin_whole(std::string_view head);
  [[nodiscard]] net::Task<Result<void>> write_all(std::span<boost::asio::const_buffer> buffers);
  [[nodiscard]] Result<void> write_at_once(std::span<boost::asio::const_buffer> buffers);
  /// The same, behind the head that is held back. The first buffer is left free for that.
  [[nodiscard]] Result<void> write_held(std::span<boost::asio::const_buffer> buffers);
  /// `behind`: what follows the piece if it is a chunk.
  [[nodiscard]] Result<void> write_piece(std::string_view piece, std::string_view behind);
  [[nodiscard]] net::Task<Result<void>> rest_of(Result<void> sent);

  net::Stream& stream_;
  net::Pace pace_;
  AnswerTo to_;
  bool started_ = false;
  bool chunked_ = false;
  bool until_close_ = false;  // the body ends with the connection
  unsigned status_ = 0;
  std::uint64_t bytes_ = 0;
  std::string size_line_;
  std::string held_;  // the head, until it leaves
  std::vector<boost::asio::const_buffer> unsent_;
  cache::RecordPtr owner_;  // of their bytes
};

}  // namespace wf::server
