#include "tests/unit/message/conversation.hpp"

#include <memory>

#include "proxy/message/rules.hpp"

namespace wf::test {
namespace {

/// The unread bytes in a block of exactly their size, so that a sanitizer sees any look beyond. The
/// block stays where it is until bytes arrive.
class Buffer {
 public:
  void append(std::string_view more) { hold(std::string{unread()}.append(more)); }
  void consume(std::size_t count) { begin_ += count; }
  [[nodiscard]] std::string_view unread() const { return {bytes_.get() + begin_, size_ - begin_}; }

 private:
  void hold(const std::string& text) {
    bytes_ = std::make_unique<char[]>(text.size());
    text.copy(bytes_.get(), text.size());
    size_ = text.size();
    begin_ = 0;
  }
  std::unique_ptr<char[]> bytes_ = std::make_unique<char[]>(0);
  std::size_t size_ = 0;
  std::size_t begin_ = 0;
};

/// Reads the body as far as it has come. Nothing: more is needed; else whether it is complete.
template <class Reader>
bool read_body(Reader& reader, Buffer& buffer, std::string& body,
               std::optional<message::Refusal>& refusal) {
  for (;;) {
    const auto piece = reader.read_body(buffer.unread());
    if (!piece) {
      refusal = piece.error();
      return false;
    }
    body += piece->data;
    buffer.consume(piece->consumed);
    if (piece->done) return true;
    if (piece->consumed == 0) return false;
  }
}

class RequestConversation {
 public:
  explicit RequestConversation(const message::RequestRules& rules) : reader_(rules) {}

  void feed(std::string_view piece) {
    if (log.refusal) return;
    buffer_.append(piece);
    while (!log.refusal && step()) {
    }
  }
  RequestLog finish() {
    log.at_end = reader_.at_end(buffer_.unread());
    return std::move(log);
  }

  RequestLog log;

 private:
  bool step() {
    if (!in_body_) {
      const auto head = reader_.read_head(buffer_.unread());
      if (!head) log.refusal = head.error();
      if (!head || !*head) return false;
      if (const auto refused = message::rules::unexpected_body(reader_.head(), false)) {
        log.refusal = refused;
        return false;
      }
      current_ = {
          std::string{reader_.head().method_text}, std::string{reader_.head().target.path}, {}};
      buffer_.consume(reader_.head_size());
      in_body_ = true;
    }
    if (!read_body(reader_, buffer_, current_.body, log.refusal)) return false;
    log.requests.push_back(std::move(current_));
    reader_.reset();
    in_body_ = false;
    return true;
  }

  message::RequestReader reader_;
  Buffer buffer_;
  bool in_body_ = false;
  ReadRequest current_;
};

class ResponseConversation {
 public:
  explicit ResponseConversation(message::ResponseContext context) : reader_({}) {
    reader_.begin(context);
  }

  void feed(std::string_view piece) {
    buffer_.append(piece);
    while (!log.refusal && !log.complete && step()) {
    }
  }
  ResponseLog finish() {
    log.at_end = reader_.at_end(buffer_.unread());
    if (log.complete) log.left_over = buffer_.unread();
    return std::move(log);
  }

  ResponseLog log;

 private:
  bool step() {
    if (log.status == 0) {
      const auto head = reader_.read_head(buffer_.unread());
      if (!head) log.refusal = head.error();
      if (!head || !*head) return false;
      buffer_.consume(reader_.head_size());
      if (reader_.head().interim()) {
        log.interim.push_back(reader_.head().status);
        reader_.next_head();
        return true;
      }
      log.status = reader_.head().status;
    }
    log.complete = read_body(reader_, buffer_, log.body, log.refusal);
    return false;
  }

  message::ResponseReader reader_;
  Buffer buffer_;
};

}  // namespace

RequestLog read_requests(const message::RequestRules& rules, std::string_view bytes,
                         Delivery delivery) {
  RequestConversation conversation{rules};
  for (const auto piece : deliver(bytes, delivery)) conversation.feed(piece);
  return conversation.finish();
}

ResponseLog read_response(message::ResponseContext context, std::string_view bytes,
                          Delivery delivery) {
  ResponseConversation conversation{context};
  for (const auto piece : deliver(bytes, delivery)) conversation.feed(piece);
  return conversation.finish();
}

}  // namespace wf::test
