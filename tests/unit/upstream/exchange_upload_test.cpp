// Request bodies, and answers that do not wait for their end.
#include "tests/unit/upstream/conversation.hpp"

using namespace wf;
using namespace wf::test;
using upstream::Exchange;

namespace {

net::Task<Result<void>> upload(Exchange& exchange, std::string_view piece, unsigned times) {
  for (unsigned i = 0; i < times; ++i) {
    const Result<void> sent = co_await exchange.write_body(piece);
    if (!sent) co_return sent;
  }
  co_return co_await exchange.finish_body();
}

}  // namespace

TEST_CASE("upload: a length-framed and a chunked body arrive") {
  struct Row {
    const char* sentence;
    upstream::OutgoingRequest request;
  };
  const Row rows[] = {{"RFC 9112 §6.2", post("/", 10)}, {"RFC 9112 §7.1", post_chunked("/")}};
  for (const Row& row : rows) {
    INFO(row.sentence);
    static const Row* now;
    now = &row;
    Conversation c;
    c.run([](Conversation& t) -> net::Task<void> {
      auto exchange = co_await upstream::open(t.pool, now->request);
      REQUIRE(exchange);
      const Result<void> sent = co_await upload(**exchange, "01234", 2);
      CHECK(sent);
      const Got got = co_await read_answer(**exchange);
      CHECK(got.body == "POST / #1");
      CHECK(got.facts.bytes_out >= now->request.head.size() + 10);
    });
    REQUIRE(c.origin.seen().size() == 1);
    CHECK(c.origin.seen().front().body == "0123401234");
    CHECK(c.pool.idle() == 1);
  }
}

TEST_CASE("upload: what differs from the announced length breaks the connection") {
  struct Row {
    const char* sentence;
    std::uint64_t length;
  };
  const Row rows[] = {{"longer", 9}, {"shorter", 11}};
  for (const Row& row : rows) {
    INFO(row.sentence);
    static std::uint64_t length;
    length = row.length;
    Conversation c;
    c.run([](Conversation& t) -> net::Task<void> {
      auto exchange = co_await upstream::open(t.pool, post("/", length));
      REQUIRE(exchange);
      const Result<void> sent = co_await upload(**exchange, "01234", 2);
      REQUIRE_FALSE(sent);
      CHECK(sent.error().code == ErrorCode::Internal);
      CHECK(sent.error().side == Side::Self);
      CHECK(t.origin.wait_all_ended());
    });
    CHECK(c.origin.seen().empty());
    CHECK(c.pool.idle() == 0);
  }
}

TEST_CASE("upload: the answer may come while the body is being sent (RFC 9112 §9.5)") {
  Conversation c;
  c.origin.next_connection(
      Script{}.read_head().send("HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno").hold("answered"));
  c.run([](Conversation& t) -> net::Task<void> {
    auto exchange = co_await upstream::open(t.pool, post("/", 100'000'000));
    REQUIRE(exchange);
    static Result<void> sent;
    static bool ended;
    ended = false;
    t.loop.tasks().spawn([](Exchange& e) -> net::Task<void> {
      const std::string block(64 * 1024, 'x');
      sent = co_await upload(e, block, 100'000'000 / (64 * 1024));
      ended = true;
    }(**exchange));
    const Got got = co_await read_answer(**exchange);
    CHECK(verdict(got) == "ok");
    CHECK(got.status == 413);
    CHECK(got.body == "no");
    while (!ended) co_await pause(1ms);
    REQUIRE_FALSE(sent);
    CHECK(sent.error().code == ErrorCode::Cancelled);
    t.origin.release("answered");
  });
  CHECK(c.pool.idle() == 0);
  CHECK(c.pool.in_use() == 0);
}

TEST_CASE("upload: an answer without waiting for any of the body closes the connection") {
  Conversation c;
  c.origin.next_connection(
      Script{}.read_head().send("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"));
  c.run([](Conversation& t) -> net::Task<void> {
    auto exchange = co_await upstream::open(t.pool, post("/", 5));
    REQUIRE(exchange);
    const Got got = co_await read_answer(**exchange);
    CHECK(got.status == 403);
    CHECK(t.pool.idle() == 0);
    const Result<void> sent = co_await (*exchange)->write_body("hello");
    REQUIRE_FALSE(sent);
    CHECK(sent.error().code == ErrorCode::Cancelled);
  });
}

TEST_CASE("upload: read_timeout does not run while the body is being sent") {
  config::Upstream settings;
  settings.read_timeout = 100ms;
  Conversation c{settings};
  c.origin.next_connection(Script{}
                               .read_head()
                               .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
                               .read_body()
                               .send("ok"));
  c.run([](Conversation& t) -> net::Task<void> {
    auto exchange = co_await upstream::open(t.pool, post("/", 4));
    REQUIRE(exchange);
    t.loop.tasks().spawn([](Exchange& e) -> net::Task<void> {
      for (int i = 0; i < 4; ++i) {
        co_await pause(60ms);
        const Result<void> sent = co_await e.write_body("x");
        CHECK(sent);
      }
    }(**exchange));
    const Got got = co_await read_answer(**exchange);
    CHECK(verdict(got) == "ok");
    CHECK(got.body == "ok");
  });
  CHECK(c.pool.idle() == 1);
}

TEST_CASE("upload: 100 Continue comes before the body is sent (RFC 9110 §10.1.1)") {
  Conversation c;
  c.origin.next_connection(Script{}
                               .read_head()
                               .send("HTTP/1.1 100 Continue\r\n\r\n")
                               .read_body()
                               .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  c.run([](Conversation& t) -> net::Task<void> {
    auto exchange = co_await upstream::open(t.pool, post("/", 5));
    REQUIRE(exchange);
    const auto interim = co_await (*exchange)->read_head();
    REQUIRE(interim);
    CHECK((*interim)->status == 100);
    const Result<void> sent = co_await upload(**exchange, "hello", 1);
    CHECK(sent);
    const Got got = co_await read_answer(**exchange);
    CHECK(got.body == "ok");
  });
  CHECK(c.origin.seen().front().body == "hello");
  CHECK(c.pool.idle() == 1);
}

TEST_CASE("upload: a body that the origin does not take ends by write_timeout") {
  config::Upstream settings;
  settings.write_timeout = 60ms;
  Conversation c{settings};
  c.origin.next_connection(Script{}.read_head().hold("never"));
  c.run([](Conversation& t) -> net::Task<void> {
    auto exchange = co_await upstream::open(t.pool, post("/", 100'000'000));
    REQUIRE(exchange);
    const std::string block(64 * 1024, 'x');
    const Result<void> sent = co_await upload(**exchange, block, 1500);
    REQUIRE_FALSE(sent);
    CHECK(sent.error().code == ErrorCode::Timeout);
    CHECK(sent.error().detail == "request not taken within 60ms");
    const auto answer = co_await (*exchange)->read_head();
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::Timeout);
  });
}

TEST_CASE("upload: response_timeout counts from the last byte sent, not from the first") {
  config::Upstream settings;
  settings.response_timeout = 100ms;
  Conversation c{settings};
  c.run([](Conversation& t) -> net::Task<void> {
    auto exchange = co_await upstream::open(t.pool, post("/", 4));
    REQUIRE(exchange);
    for (int i = 0; i < 4; ++i) {
      co_await pause(60ms);
      const Result<void> sent = co_await (*exchange)->write_body("x");
      REQUIRE(sent);
    }
    const Result<void> finished = co_await (*exchange)->finish_body();
    CHECK(finished);
    const Got got = co_await read_answer(**exchange);
    CHECK(got.body == "POST / #1");
  });
}
