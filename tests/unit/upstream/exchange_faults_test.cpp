// Connections that die, origins that do not answer, and what is sent twice.
#include "tests/unit/upstream/conversation.hpp"

using namespace wf;
using namespace wf::test;

namespace {

const char* const kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// Serves one request well, reads the next and then breaks off as the row says.
Script second_request_dies() { return Script{}.read_request().send(kOk).read_head(); }

}  // namespace

TEST_CASE("replay: the keep-alive race is not noticed by what may be sent again (FM-25)") {
  struct Row {
    const char* sentence;
    Script script;
  };
  const Row rows[] = {
      {"closed without a byte", second_request_dies().close()},
      {"reset without a byte", second_request_dies().reset()},
      {"R5: bytes that were left of the answer before", second_request_dies().send("NOT-THIS")},
      {"R5: the first of them", second_request_dies().send("h").close()},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    Conversation c;
    c.origin.next_connection(row.script);
    c.run([](Conversation& t) -> net::Task<void> {
      const Got first = co_await fetch(t.pool, get("/1"));
      CHECK(first.body == "ok");
      const Got second = co_await fetch(t.pool, get("/2"));
      CHECK(verdict(second) == "ok");
      CHECK(second.body == "GET /2 #3");
      CHECK(second.facts.attempts == 2);
      CHECK_FALSE(second.facts.reused);
    });
    CHECK(c.origin.requests("/2") == 2);
    CHECK(c.pool.in_use() == 0);
  }
}

TEST_CASE("replay: only once") {
  Conversation c;
  c.origin.next_connection(second_request_dies().close());
  c.origin.next_connection(Script{}.read_request().close());
  c.run([](Conversation& t) -> net::Task<void> {
    const Got first = co_await fetch(t.pool, get("/1"));
    CHECK(first.body == "ok");
    const Got second = co_await fetch(t.pool, get("/2"));
    CHECK(verdict(second) == "closed");
    CHECK(second.facts.attempts == 2);
  });
  CHECK(c.origin.requests("/2") == 2);
}

TEST_CASE("replay: never on a new connection, never after a byte, never what changes things") {
  struct Row {
    const char* sentence;
    Script first;
    upstream::OutgoingRequest warm_up;
    upstream::OutgoingRequest request;
  };
  const Row rows[] = {
      {"RFC 9110 §9.2.2: POST", second_request_dies().close(), get("/1"), post("/2", 0)},
      {"the answer had begun", second_request_dies().send("H").close(), get("/1"), get("/2")},
      {"what is left of the answer before, but POST", second_request_dies().send("x"), get("/1"),
       post("/2", 0)},
      {"what begins like an answer", second_request_dies().send("HTTP/1.1 abc\r\n\r\n"), get("/1"),
       get("/2")},
      {"one byte was missing", second_request_dies().send(kOk).cut_after(2 * 40 - 1).close(),
       get("/1"), get("/2")},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    static const Row* now;
    now = &row;
    Conversation c;
    c.origin.next_connection(row.first);
    c.run([](Conversation& t) -> net::Task<void> {
      const Got first = co_await fetch(t.pool, now->warm_up);
      CHECK(first.body == "ok");
      const Got second = co_await fetch(t.pool, now->request);
      CHECK(second.error.has_value());
      CHECK(second.facts.attempts == 1);
      CHECK(second.facts.reused);
    });
    CHECK(c.origin.requests("/2") == 1);
    CHECK(c.origin.connections() == 1);
  }
}

TEST_CASE("replay: a new connection that dies is an error at once") {
  Conversation c;
  c.origin.next_connection(Script{}.read_request().close());
  c.run([](Conversation& t) -> net::Task<void> {
    const Got got = co_await fetch(t.pool, get("/"));
    CHECK(verdict(got) == "closed");
    CHECK(got.error->side == Side::Upstream);
    CHECK(got.error->retry == Retry::No);
    CHECK(got.facts.attempts == 1);
  });
}

TEST_CASE("timeout: no answer head within response_timeout") {
  config::Upstream settings;
  settings.response_timeout = 60ms;
  struct Row {
    const char* sentence;
    Script script;
  };
  const Row rows[] = {
      {"no byte", Script{}.read_request().await_end()},
      {"half a head", Script{}.read_request().send("HTTP/1.1 200 OK\r\nA: b\r\n").await_end()},
      {"interim heads do not count",
       Script{}.read_request().send("HTTP/1.1 102 Processing\r\n\r\n").await_end()},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    Conversation c{settings};
    c.origin.next_connection(row.script);
    c.run([](Conversation& t) -> net::Task<void> {
      const Got got = co_await fetch(t.pool, get("/"));
      CHECK(verdict(got) == "timeout");
      CHECK(got.error->detail == "no answer head within 60ms");
      CHECK(got.facts.attempts == 1);
    });
    CHECK(c.pool.idle() == 0);
  }
}

TEST_CASE("timeout: the body stalls for read_timeout (FM-22)") {
  config::Upstream settings;
  settings.read_timeout = 60ms;
  Conversation c{settings};
  c.origin.next_connection(Script{}
                               .read_request()
                               .send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234")
                               .await_end());
  c.run([](Conversation& t) -> net::Task<void> {
    const Got got = co_await fetch(t.pool, get("/"));
    CHECK(verdict(got) == "timeout");
    CHECK(got.error->detail == "no more of the answer within 60ms");
    CHECK(got.body == "01234");
  });
}

TEST_CASE("timeout: a reader that takes its time is not the origin's fault") {
  config::Upstream settings;
  settings.read_timeout = 50ms;
  settings.response_timeout = 50ms;
  Conversation c{settings};
  c.run([](Conversation& t) -> net::Task<void> {
    auto exchange = co_await upstream::open(t.pool, get("/"));
    REQUIRE(exchange);
    const auto answer = co_await (*exchange)->read_head();
    REQUIRE(answer);
    co_await pause(150ms);
    const auto piece = co_await (*exchange)->read_body();
    REQUIRE(piece);
    CHECK(piece->view() == "GET / #1");
  });
}

TEST_CASE("timeout: the deadlines of one exchange do not reach into the next") {
  config::Upstream settings;
  settings.response_timeout = 60ms;
  settings.read_timeout = 60ms;
  settings.write_timeout = 60ms;
  Conversation c{settings};
  c.run([](Conversation& t) -> net::Task<void> {
    auto first = co_await upstream::open(t.pool, get("/"));
    REQUIRE(first);
    const Got got = co_await read_answer(**first);
    CHECK(verdict(got) == "ok");
    co_await pause(150ms);
    const Got second = co_await fetch(t.pool, get("/"));
    CHECK(second.facts.reused);
    CHECK(verdict(second) == "ok");
  });
}

TEST_CASE("abandon: what waits is cancelled, and the origin sees the end") {
  Conversation c;
  c.origin.next_connection(Script{}.read_request().hold("never").await_end());
  c.run([](Conversation& t) -> net::Task<void> {
    auto exchange = co_await upstream::open(t.pool, get("/"));
    REQUIRE(exchange);
    REQUIRE(t.origin.wait_held("never"));
    t.loop.tasks().spawn([](upstream::Exchange& e) -> net::Task<void> {
      co_await pause(10ms);
      e.abandon();
    }(**exchange));
    const auto answer = co_await (*exchange)->read_head();
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == ErrorCode::Cancelled);
    t.origin.release("never");
    CHECK(t.origin.wait_all_ended());
  });
  CHECK(c.pool.in_use() == 0);
}
