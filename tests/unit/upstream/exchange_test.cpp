// One exchange in order, and the reuse of its connection.
#include "tests/unit/upstream/conversation.hpp"

using namespace wf;
using namespace wf::test;
using upstream::Exchange;

TEST_CASE("exchange: a request is answered, and the connection serves the next one") {
  Conversation c;
  c.run([](Conversation& t) -> net::Task<void> {
    const Got first = co_await fetch(t.pool, get("/a"));
    CHECK(verdict(first) == "ok");
    CHECK(first.body == "GET /a #1");
    CHECK_FALSE(first.facts.reused);
    const Got second = co_await fetch(t.pool, get("/b"));
    CHECK(second.body == "GET /b #2");
    CHECK(second.facts.reused);
    CHECK(second.facts.attempts == 1);
  });
  CHECK(c.origin.connections() == 1);
  CHECK(c.pool.idle() == 1);
  CHECK(c.pool.in_use() == 0);
}

TEST_CASE("exchange: facts for the access log") {
  Conversation c;
  c.run([](Conversation& t) -> net::Task<void> {
    const Got got = co_await fetch(t.pool, get("/a"));
    CHECK(got.facts.address == "127.0.0.1:" + std::to_string(t.origin.address().port));
    CHECK(got.facts.attempts == 1);
    CHECK(got.facts.bytes_out == get("/a").head.size());
    CHECK(got.facts.bytes_in > got.body.size());
    CHECK(got.facts.connect.count() > 0);
    CHECK(got.facts.first_byte.count() > 0);
  });
}

TEST_CASE("exchange: heads without a body leave the connection usable (R4)") {
  struct Row {
    const char* sentence;
    upstream::OutgoingRequest request;
    unsigned status;
  };
  const Row rows[] = {
      {"RFC 9110 §9.3.2: HEAD", head("/"), 200},
      {"RFC 9110 §15.3.5: 204", get("/"), 204},
      {"RFC 9110 §15.4.5: 304", get("/"), 304},
      {"RFC 9112 §6.3: Content-Length: 0", get("/"), 200},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    static unsigned status;
    static const upstream::OutgoingRequest* request;
    status = row.status;
    request = &row.request;
    Conversation c;
    c.origin.handle([](const OriginRequest& r) { return reply(r, Answer{.status = status}); });
    c.run([](Conversation& t) -> net::Task<void> {
      const Got first = co_await fetch(t.pool, *request);
      CHECK(verdict(first) == "ok");
      CHECK(first.status == status);
      CHECK(first.body.empty());
      const Got second = co_await fetch(t.pool, get("/"));
      CHECK(second.facts.reused);
    });
  }
}

TEST_CASE("exchange: the end of a HEAD answer needs no call of read_body") {
  Conversation c;
  c.run([](Conversation& t) -> net::Task<void> {
    auto exchange = co_await upstream::open(t.pool, head("/"));
    REQUIRE(exchange);
    const auto answer = co_await (*exchange)->read_head();
    REQUIRE(answer);
    CHECK((*exchange)->complete());
    CHECK(t.pool.idle() == 1);
    CHECK((*answer)->status == 200);
  });
}

TEST_CASE("exchange: what speaks against using a connection again") {
  struct Row {
    const char* sentence;
    const char* answer;
    const char* body;
  };
  const Row rows[] = {
      {"RFC 9112 §9.6: Connection: close",
       "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", "ok"},
      {"RFC 9112 §9.3: HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok"},
      {"R5: bytes after the declared end",
       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", "ok"},
      {"R4: a body in an answer that has none", "HTTP/1.1 204 No Content\r\n\r\nbody", ""},
      {"R5: bytes after the last chunk",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nX", "ok"},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    static const char* body;
    body = row.body;
    Conversation c;
    c.origin.next_connection(Script{}.read_request().send(row.answer).await_end());
    c.run([](Conversation& t) -> net::Task<void> {
      const Got first = co_await fetch(t.pool, get("/"));
      CHECK(verdict(first) == "ok");
      CHECK(first.body == body);
      const Got second = co_await fetch(t.pool, get("/"));
      CHECK(second.body == "GET / #2");
      CHECK_FALSE(second.facts.reused);
    });
    CHECK(c.origin.connections() == 2);
  }
}

TEST_CASE("exchange: bytes that come on an idle connection make it unfit (R5)") {
  Conversation c;
  c.origin.next_connection(Script{}
                               .read_request()
                               .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                               .hold("idle")
                               .send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
                               .hold("sent")
                               .await_end());
  c.run([](Conversation& t) -> net::Task<void> {
    const Got first = co_await fetch(t.pool, get("/"));
    CHECK(first.body == "ok");
    CHECK(t.pool.idle() == 1);
    t.origin.release("idle");
    REQUIRE(t.origin.wait_held("sent"));
    t.origin.release("sent");
    const Got second = co_await fetch(t.pool, get("/"));
    CHECK(second.body == "GET / #2");
    CHECK(second.facts.attempts == 1);
  });
}

TEST_CASE("exchange: a connection that the origin closed while idle is not used") {
  Conversation c;
  c.origin.next_connection(
      Script{}.read_request().send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").close());
  c.run([](Conversation& t) -> net::Task<void> {
    const Got first = co_await fetch(t.pool, get("/"));
    CHECK(first.body == "ok");
    REQUIRE(t.origin.wait_all_ended());
    const Got second = co_await fetch(t.pool, post("/", 0));
    CHECK(second.body == "POST / #2");
    CHECK(second.facts.attempts == 1);
    CHECK_FALSE(second.facts.reused);
  });
}

TEST_CASE("exchange: interim heads come first (RFC 9110 §15.2)") {
  Conversation c;
  c.origin.next_connection(Script{}.read_request().send(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  c.run([](Conversation& t) -> net::Task<void> {
    auto exchange = co_await upstream::open(t.pool, get("/"));
    REQUIRE(exchange);
    std::vector<unsigned> statuses;
    while (statuses.empty() || statuses.back() < 200) {
      const auto answer = co_await (*exchange)->read_head();
      REQUIRE(answer);
      statuses.push_back((*answer)->status);
      if (statuses.back() == 103) CHECK(field_value((*answer)->fields, "link") == "</a>");
    }
    CHECK(statuses == std::vector<unsigned>{100, 103, 200});
    const auto body = co_await (*exchange)->read_body();
    REQUIRE(body);
    CHECK(body->view() == "ok");
  });
  CHECK(c.pool.idle() == 1);
}

TEST_CASE("exchange: a flood of interim heads is refused (R3)") {
  Conversation c;
  c.origin.next_connection(
      Script{}.read_request().send_times("HTTP/1.1 102 Processing\r\n\r\n", 17).await_end());
  c.run([](Conversation& t) -> net::Task<void> {
    const Got got = co_await fetch(t.pool, get("/"));
    CHECK(verdict(got) == "malformed");
    CHECK(got.status == 102);
  });
  CHECK(c.pool.idle() == 0);
}

TEST_CASE("exchange: 101 that nobody asked for is refused (R3)") {
  Conversation c;
  c.origin.next_connection(Script{}.read_request().send(
      "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"));
  c.run([](Conversation& t) -> net::Task<void> {
    const Got got = co_await fetch(t.pool, get("/"));
    CHECK(verdict(got) == "malformed");
    CHECK(got.status == 0);
  });
}

TEST_CASE("exchange: after 101 the stream is handed over with what follows the head") {
  Conversation c;
  c.origin.next_connection(
      Script{}
          .read_request()
          .send("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhello")
          .hold("more")
          .send("again")
          .await_end());
  c.run([](Conversation& t) -> net::Task<void> {
    upstream::OutgoingRequest request = get("/ws");
    request.upgrade = true;
    auto exchange = co_await upstream::open(t.pool, std::move(request));
    REQUIRE(exchange);
    const auto answer = co_await (*exchange)->read_head();
    REQUIRE(answer);
    CHECK((*answer)->status == 101);
    auto [stream, leftover] = (*exchange)->release_stream();
    CHECK(leftover == "hello");
    CHECK(t.pool.in_use() == 0);
    t.origin.release("more");
    char more[5];
    const Result<std::size_t> n = co_await stream->read_some(net::asio::buffer(more));
    REQUIRE(n);
    CHECK(std::string(more, *n) == "again");
  });
}
