// Bodies of answers: every framing, every way of being cut.
#include "tests/unit/upstream/conversation.hpp"

using namespace wf;
using namespace wf::test;

namespace {

/// One GET whose answer is scripted.
Got fetch_scripted(Script script) {
  static Got got;
  Conversation c;
  c.origin.next_connection(std::move(script));
  c.run([](Conversation& t) -> net::Task<void> { got = co_await fetch(t.pool, get("/")); });
  CHECK(c.pool.in_use() == 0);
  return got;
}

Script answered(std::string answer) { return Script{}.read_request().send(std::move(answer)); }

}  // namespace

TEST_CASE("body: whatever the framing, the content comes out") {
  struct Row {
    const char* sentence;
    const char* answer;
  };
  const Row rows[] = {
      {"RFC 9112 §6.2: length", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"},
      {"RFC 9112 §7.1: one chunk",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n"},
      {"RFC 9112 §7.1: several chunks",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
       "1\r\n0\r\n3\r\n123\r\n6\r\n456789\r\n0\r\n\r\n"},
      {"RFC 9112 §7.1.1, §7.1.2: extensions and trailers are dropped",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
       "5;a=b\r\n01234\r\n5\r\n56789\r\n0\r\nX-Sum: 1\r\n\r\n"},
      {"RFC 9112 §6.3 case 8: until close", "HTTP/1.1 200 OK\r\n\r\n0123456789"},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    const Got whole = fetch_scripted(answered(row.answer).close());
    CHECK(verdict(whole) == "ok");
    CHECK(whole.body == "0123456789");
    Script bytewise = Script{}.read_request();
    for (const char* c = row.answer; *c != '\0'; ++c) bytewise.send(std::string(1, *c));
    const Got slow = fetch_scripted(std::move(bytewise.close()));
    CHECK(verdict(slow) == "ok");
    CHECK(slow.body == "0123456789");
  }
}

TEST_CASE("body: a cut answer is an error wherever it is cut (R7)") {
  const std::string answers[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n",
  };
  for (const std::string& answer : answers) {
    for (std::size_t bytes = 0; bytes < answer.size(); bytes += 3) {
      CAPTURE(answer, bytes);
      const Got closed = fetch_scripted(answered(answer).cut_after(bytes).close());
      CHECK(verdict(closed) == "closed");
      const Got reset = fetch_scripted(answered(answer).cut_after(bytes).reset());
      CHECK(reset.error.has_value());
      CHECK(reset.body.size() < 10 + 1);
    }
  }
}

TEST_CASE("body: a reset is never the end of a close-delimited body (R7, R8)") {
  static Got got;
  Conversation c;
  c.origin.next_connection(
      Script{}.read_request().send("HTTP/1.1 200 OK\r\n\r\n01234").hold("read").reset());
  c.run([](Conversation& t) -> net::Task<void> {
    auto exchange = co_await upstream::open(t.pool, get("/"));
    REQUIRE(exchange);
    const auto answer = co_await (*exchange)->read_head();
    REQUIRE(answer);
    CHECK((*answer)->framing == message::Framing::UntilClose);
    t.origin.release("read");
    Result<Chunk> piece = co_await (*exchange)->read_body();
    while (piece && !piece->empty()) piece = co_await (*exchange)->read_body();
    REQUIRE_FALSE(piece);
    CHECK(piece.error().code == ErrorCode::Reset);
    CHECK_FALSE((*exchange)->complete());
  });
}

TEST_CASE("body: after half a close the framing alone says where the end is (FM-26)") {
  const Got length = fetch_scripted(
      answered("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").half_close().await_end());
  CHECK(verdict(length) == "ok");
  const Got cut = fetch_scripted(
      answered("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello").half_close().await_end());
  CHECK(verdict(cut) == "closed");
  CHECK(cut.body == "hello");
}

TEST_CASE("body: malformed framing is refused (R1)") {
  struct Row {
    const char* sentence;
    const char* answer;
  };
  const Row rows[] = {
      {"RFC 9112 §6.3: length and coding",
       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"RFC 9112 §6.3: two lengths",
       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"},
      {"RFC 9112 §7.1: no size",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\nok\r\n0\r\n\r\n"},
      {"RFC 9112 §7.1: chunk longer than its size",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nok\r\n0\r\n\r\n"},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    const Got got = fetch_scripted(answered(row.answer).await_end());
    CHECK(verdict(got) == "malformed");
    CHECK(got.error->side == Side::Upstream);
  }
}

TEST_CASE("body: an answer head over the limits is refused (R6)") {
  const std::string line = "X-Filler: " + std::string(4000, 'x') + "\r\n";
  const Got got = fetch_scripted(
      Script{}.read_request().send("HTTP/1.1 200 OK\r\n").send_times(line, 20).await_end());
  CHECK(verdict(got) == "too-large");
}

TEST_CASE("body: a long one comes in large pieces and is not held in memory") {
  static constexpr std::uint64_t kBlocks = 400;
  const std::string block(64 * 1024, 'x');
  const std::string length = std::to_string(kBlocks * block.size());
  Conversation c;
  c.origin.next_connection(Script{}
                               .read_request()
                               .send("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n")
                               .send_times(block, kBlocks));
  c.run([](Conversation& t) -> net::Task<void> {
    auto exchange = co_await upstream::open(t.pool, get("/"));
    REQUIRE(exchange);
    const auto answer = co_await (*exchange)->read_head();
    REQUIRE(answer);
    std::uint64_t total = 0;
    std::size_t largest = 0;
    for (;;) {
      const Result<Chunk> piece = co_await (*exchange)->read_body();
      REQUIRE(piece);
      if (piece->empty()) break;
      total += piece->size();
      largest = std::max(largest, piece->size());
    }
    CHECK(total == (*answer)->content_length);
    CHECK(largest <= upstream::Inbox::kLargest);
    CHECK(largest > upstream::Inbox::kSmallest);
  });
  CHECK(c.pool.idle() == 1);
}

TEST_CASE("body: many small chunks come packed") {
  std::string chunks;
  for (int i = 0; i < 1000; ++i) chunks += "2\r\nab\r\n";
  static std::size_t pieces;
  pieces = 0;
  Conversation c;
  c.origin.next_connection(Script{}.read_request().send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n"));
  c.run([](Conversation& t) -> net::Task<void> {
    auto exchange = co_await upstream::open(t.pool, get("/"));
    REQUIRE(exchange);
    const auto answer = co_await (*exchange)->read_head();
    REQUIRE(answer);
    std::string body;
    for (;;) {
      const Result<Chunk> piece = co_await (*exchange)->read_body();
      REQUIRE(piece);
      if (piece->empty()) break;
      ++pieces;
      body += piece->view();
    }
    CHECK(body.size() == 2000);
    CHECK(body.find("ba") == 1);
    CHECK(body.find('\r') == std::string::npos);
  });
  CHECK(pieces < 20);
}
