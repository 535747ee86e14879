#include "proxy/server/responder.hpp"

#include <algorithm>
#include <charconv>
#include <new>
#include <utility>

#include "proxy/message/write.hpp"
#include "proxy/net/buffers.hpp"

namespace wf::server {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kInlineBuffers = 4;
constexpr std::string_view kCrlf = "\r\n";

/// The status in "HTTP/1.1 200 OK".
unsigned status_of(std::string_view head) noexcept {
  unsigned status = 0;
  if (head.size() >= 12) std::from_chars(head.data() + 9, head.data() + 12, status);
  return status;
}

bool has_no_body(unsigned status) noexcept { return status == 204 || status == 304; }

asio::const_buffer buffer_of(std::string_view text) { return {text.data(), text.size()}; }

/// The buffers of a whole answer. The usual body is one chunk: they are on the frame then, not on
/// the heap.
class Gathered {
 public:
  [[nodiscard]] std::span<asio::const_buffer> of(std::string_view head, std::string_view tail,
                                                 BodyView body) {
    const std::size_t count = body.pieces() + 2;
    std::span<asio::const_buffer> buffers{few_.data(), std::min(count, few_.size())};
    if (count > few_.size()) {
      many_.resize(count);
      buffers = many_;
    }
    buffers[0] = buffer_of(head);
    buffers[1] = buffer_of(tail);
    for (std::size_t i = 2; i < count; ++i) buffers[i] = buffer_of(body[i - 2]);
    return buffers;
  }

 private:
  std::array<asio::const_buffer, kInlineBuffers> few_;
  std::vector<asio::const_buffer> many_;
};

}  // namespace

Responder::Responder(net::Stream& stream, net::Pace pace) : stream_(stream), pace_(pace) {}

void Responder::begin(AnswerTo to) noexcept {
  to_ = to;
  started_ = chunked_ = until_close_ = false;
  held_.clear();
  status_ = 0;
  bytes_ = 0;
  pace_.renew();
}

Result<void> Responder::write_at_once(std::span<asio::const_buffer> buffers) {
  const Result<std::size_t> written = stream_.write_now(buffers);
  if (!written) {
    cut();
    return written.error();
  }
  bytes_ += *written;
  buffers = net::consume(buffers, *written);
  unsent_.assign(buffers.begin(), buffers.end());
  return {};
}

net::Task<Result<void>> Responder::send_rest() {
  bytes_ += asio::buffer_size(unsent_);
  stream_.pace_writes(pace_);
  const Result<void> sent = co_await stream_.write(unsent_);
  stream_.never_expire_write();
  if (!sent) cut();
  unsent_.clear();
  owner_.reset();
  if (started_) std::string{}.swap(held_);
  co_return sent;
}

net::Task<Result<void>> Responder::rest_of(Result<void> sent) {
  if (sent && unsent()) co_return co_await send_rest();
  co_return sent;
}

net::Task<Result<void>> Responder::write_all(std::span<asio::const_buffer> buffers) {
  return rest_of(write_at_once(buffers));
}

void Responder::append_connection(std::string& out) const {
  if (!to_.keep_alive) {
    out += "Connection: close\r\n";
  } else if (to_.version == 10) {
    out += "Connection: keep-alive\r\n";
  }
}

net::Task<Result<void>> Responder::interim(unsigned status, FieldSpan fields) {
  if (to_.version == 10 || started_ || !held_.empty()) co_return Result<void>{};
  std::string head;
  message::append_status_line(head, status);
  message::append_fields(head, fields);
  head += kCrlf;
  auto buffer = buffer_of(head);
  co_return co_await write_all({&buffer, 1});
}

bool Responder::begin_whole(std::string_view head) {
  started_ = true;
  held_.clear();
  status_ = status_of(head);
  return !to_.head_only && !has_no_body(status_);
}

net::Task<Result<void>> Responder::send(std::string_view head, std::string_view extra,
                                        BodyView body) {
  const bool with_body = begin_whole(head);
  std::string tail{extra};
  append_connection(tail);
  tail += kCrlf;
  Gathered gathered;
  co_return co_await write_all(gathered.of(head, tail, with_body ? body : BodyView{}));
}

Result<void> Responder::send_now(std::string_view head, std::string& extra, BodyView body,
                                 cache::RecordPtr owner) {
  const bool with_body = begin_whole(head);
  append_connection(extra);
  extra += kCrlf;
  Gathered gathered;
  auto buffers = gathered.of(head, extra, with_body ? body : BodyView{});
  const Result<void> sent = write_at_once(buffers);
  if (unsent()) owner_ = std::move(owner);
  return sent;
}

void Responder::start(std::string head, std::optional<std::uint64_t> length) {
  status_ = status_of(head);
  // A 204 has neither body nor length (RFC 9110 §8.6).
  if (status_ == 204) length.reset();
  if (length) {
    message::append_number_field(head, "Content-Length", *length);
  } else if (!has_no_body(status_)) {
    chunked_ = to_.version != 10 && !to_.head_only;
    until_close_ = to_.version == 10;
    if (until_close_) to_.keep_alive = false;
    if (!until_close_) head += "Transfer-Encoding: chunked\r\n";
  }
  append_connection(head);
  head += kCrlf;
  held_ = std::move(head);
}

Result<void> Responder::write_held(std::span<asio::const_buffer> buffers) {
  started_ = true;
  buffers[0] = buffer_of(held_);
  const Result<void> sent = write_at_once(buffers);
  if (!unsent()) std::string{}.swap(held_);  // an idle connection has no use for its memory
  return sent;
}

Result<void> Responder::flush_now() {
  if (held_.empty()) return {};
  asio::const_buffer buffer;
  return write_held({&buffer, 1});
}

Result<void> Responder::write_now(std::string_view piece) { return write_piece(piece, kCrlf); }

Result<void> Responder::write_last_now(std::string_view piece) {
  static constexpr std::string_view kEnd = "\r\n0\r\n\r\n";
  if (to_.head_only || has_no_body(status_)) return flush_now();
  return write_piece(piece, kEnd);
}

Result<void> Responder::write_piece(std::string_view piece, std::string_view behind) {
  if (to_.head_only || has_no_body(status_) || piece.empty()) return {};
  if (!chunked_) {
    std::array buffers{asio::const_buffer{}, buffer_of(piece)};
    return write_held(buffers);
  }
  size_line_.clear();
  std::array<char, 16> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
  size_line_.append(digits.data(), end).append(kCrlf);
  std::array buffers{asio::const_buffer{}, buffer_of(size_line_), buffer_of(piece),
                     buffer_of(behind)};
  return write_held(buffers);
}

Result<void> Responder::finish_now() {
  if (!chunked_) return flush_now();
  std::array buffers{asio::const_buffer{}, buffer_of(message::kLastChunk)};
  return write_held(buffers);
}

void Responder::cut() noexcept {
  to_.keep_alive = false;
  if (until_close_ && started_) stream_.reset();
}

void Responder::send_unready() noexcept {
  constexpr std::string_view kText =
      "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nCache-Control: no-store\r\n"
      "Content-Length: 0\r\nConnection: close\r\n\r\n";
  started_ = true;
  to_.keep_alive = false;
  status_ = status_of(kText);
  const auto buffer = buffer_of(kText);
  try {
    const Result<std::size_t> sent = stream_.write_now({&buffer, 1});
    if (sent) bytes_ += *sent;
  } catch (const std::bad_alloc&) {
    // Of an error's text: then it has left already.
  }
}

net::Task<Result<void>> Responder::switch_protocols(std::string head) {
  started_ = true;
  status_ = 101;
  to_.keep_alive = false;
  head += kCrlf;
  auto buffer = buffer_of(head);
  co_return co_await write_all({&buffer, 1});
}

}  // namespace wf::server
