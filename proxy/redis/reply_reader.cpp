#include "proxy/redis/reply_reader.hpp"

#include <charconv>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

#include <hiredis/read.h>
extern "C" {
#include <hiredis/sds.h>  // says nothing of being C
}

namespace wf::redis {

// Every object that hiredis asks for is a place inside `root`. A parent stops growing while one of
// its elements is being filled, so those places do not move while hiredis holds them.
struct ReplyReader::Builder {
  enum class Fault : std::uint8_t { None, TooLarge, OutOfStep, OutOfMemory };

  explicit Builder(ReplyLimits l) : limits(l) {}

  ReplyLimits limits;
  Reply root;
  std::uint64_t bytes = 0;
  std::size_t elements = 0;
  Fault fault = Fault::None;

  void* refuse(Fault why) noexcept {
    fault = why;
    return nullptr;
  }

  void* place(const redisReadTask* task, Reply reply) {
    if (task->parent == nullptr) {
      root = std::move(reply);
      return &root;
    }
    if (++elements > limits.elements) return refuse(Fault::TooLarge);
    return &static_cast<Reply*>(task->parent->obj)->append(std::move(reply));
  }

  void* place_text(const redisReadTask* task, const char* text, std::size_t size) {
    // hiredis waited for these two bytes but did not look at them.
    if (text[size] != '\r' || text[size + 1] != '\n') return refuse(Fault::OutOfStep);
    bytes += size;
    if (size > limits.bulk.count || bytes > limits.reply.count) return refuse(Fault::TooLarge);
    std::string copy{text, size};
    if (task->type == REDIS_REPLY_ERROR) return place(task, Reply::error(std::move(copy)));
    if (task->type == REDIS_REPLY_STATUS) return place(task, Reply::status(std::move(copy)));
    return place(task, Reply::bulk(std::move(copy)));
  }

  // hiredis is C: an exception must not pass through it.
  template <class Make>
  static void* guarded(const redisReadTask* task, const Make& make) noexcept {
    auto& builder = *static_cast<Builder*>(task->privdata);
    try {
      return make(builder);
    } catch (const std::bad_alloc&) {
      return builder.refuse(Fault::OutOfMemory);
    }
  }

  static void* create_string(const redisReadTask* task, char* text, std::size_t size) {
    return guarded(task, [&](Builder& b) { return b.place_text(task, text, size); });
  }
  static void* create_array(const redisReadTask* task, int) {
    return guarded(task, [&](Builder& b) { return b.place(task, Reply::array({})); });
  }
  static void* create_integer(const redisReadTask* task, long long value) {
    return guarded(task, [&](Builder& b) { return b.place(task, Reply::integer(value)); });
  }
  static void* create_nil(const redisReadTask* task) {
    return guarded(task, [&](Builder& b) { return b.place(task, Reply::nil()); });
  }
  static void free_object(void*) {}  // `root` owns everything
};

namespace {

Error store_error(ErrorCode code, std::string detail) {
  return {code, Side::Store, Retry::No, std::move(detail)};
}

}  // namespace

ReplyReader::ReplyReader(ReplyLimits limits)
    : builder_(std::make_unique<Builder>(limits)), reader_(nullptr, &redisReaderFree) {
  static redisReplyObjectFunctions functions{&Builder::create_string, &Builder::create_array,
                                             &Builder::create_integer, &Builder::create_nil,
                                             &Builder::free_object};
  reader_.reset(redisReaderCreateWithFunctions(&functions));
  if (!reader_) throw std::bad_alloc{};
  reader_->privdata = builder_.get();
  reader_->maxbuf = 0;  // see release_buffer
}

ReplyReader::~ReplyReader() = default;

// What hiredis would do by itself, but for its assertion that there is memory for the small one.
void ReplyReader::release_buffer() noexcept {
  constexpr std::size_t kKept = REDIS_READER_MAX_BUF;
  redisReader& reader = *reader_;
  if (reader.len != 0 || sdsavail(reader.buf) <= kKept) return;
  const sds empty = sdsempty();
  if (empty == nullptr) return;
  sdsfree(reader.buf);
  reader.buf = empty;
  reader.pos = 0;
}

Result<void> ReplyReader::feed(std::string_view bytes) {
  release_buffer();
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) return failure();
  return {};
}

Result<std::optional<Reply>> ReplyReader::next() {
  void* done = nullptr;
  if (redisReaderGetReply(reader_.get(), &done) != REDIS_OK) return failure();
  if (done == nullptr) {
    if (announces_too_much() || line_without_end()) builder_->fault = Builder::Fault::TooLarge;
    if (builder_->fault != Builder::Fault::None) return failure();
    return std::optional<Reply>{};
  }
  builder_->bytes = 0;
  builder_->elements = 0;
  return std::optional{std::exchange(builder_->root, Reply::nil())};
}

// While a bulk string is incomplete, hiredis' position is at its length.
bool ReplyReader::announces_too_much() const noexcept {
  const redisReader& reader = *reader_;
  if (reader.ridx < 0 || reader.rstack[reader.ridx].type != REDIS_REPLY_STRING) return false;
  const char* begin = reader.buf + reader.pos;
  const char* end = reader.buf + reader.len;
  std::uint64_t length = 0;
  const auto [stop, error] = std::from_chars(begin, end, length);
  if (error == std::errc::invalid_argument) return false;  // "-1", or nothing there yet
  // A number that fills all there is may not be complete, but can only become larger.
  return error != std::errc{} || length > builder_->limits.bulk.count ||
         builder_->bytes + length > builder_->limits.reply.count;
}

bool ReplyReader::line_without_end() const noexcept {
  constexpr std::size_t kMaxLine = 64 * 1024;
  const std::size_t waiting = reader_->len - reader_->pos;
  return waiting > kMaxLine && std::memchr(reader_->buf + reader_->pos, '\n', kMaxLine) == nullptr;
}

Error ReplyReader::failure() const {
  switch (builder_->fault) {
    case Builder::Fault::TooLarge:
      return store_error(ErrorCode::TooLarge, "a reply above the limit");
    case Builder::Fault::OutOfStep:
      return store_error(ErrorCode::Malformed, "no CR LF behind a string");
    case Builder::Fault::OutOfMemory:
      return {ErrorCode::Internal, Side::Self, Retry::No, "out of memory for a reply"};
    case Builder::Fault::None:
      break;
  }
  return store_error(ErrorCode::Malformed, reader_->errstr);
}

}  // namespace wf::redis
