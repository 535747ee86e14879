// Addresses, limits and health of a pool.
#include "tests/unit/upstream/conversation.hpp"

#include <filesystem>

#include <unistd.h>

#include "proxy/upstream/status.hpp"
#include "tests/support/black_hole.hpp"

using namespace wf;
using namespace wf::test;
using upstream::Pool;

namespace {

/// A port at which nobody listens: bound, so that nobody else takes it, but not listening.
config::Address refusing() {
  static const RawSocket taken = RawSocket::listen_tcp("127.0.0.1", 0, 0);
  static const std::uint16_t port = [] {
    const std::uint16_t chosen = taken.port();
    taken.shut_down();
    return chosen;
  }();
  return {"127.0.0.1", port, {}};
}

/// One GET of "/" from an origin at `listens`, configured as `named`.
Got fetch_from(config::Address listens, config::Address named) {
  ScriptedOrigin origin{std::move(listens), echo};
  named.port = origin.address().port;
  config::Upstream settings;
  settings.servers = {config::Server{std::move(named)}};
  SystemClock clock;
  Loop loop;
  Pool pool{settings, {loop.deadlines(), loop.tasks(), clock}};
  Got got;
  loop.run(
      [](Pool& p, Got& out) -> net::Task<void> { out = co_await fetch(p, get("/")); }(pool, got));
  return got;
}

}  // namespace

TEST_CASE("pool: every kind of address") {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("wf-origin-" + std::to_string(::getpid())))
          .string();
  struct Row {
    const char* sentence;
    config::Address listens;
    config::Address named;
  };
  const Row rows[] = {
      {"IPv4", {"127.0.0.1", 0, {}}, {"127.0.0.1", 0, {}}},
      {"IPv6", {"::1", 0, {}}, {"::1", 0, {}}},
      {"a unix socket", {"", 0, path}, {"", 0, path}},
      {"a name", {"127.0.0.1", 0, {}}, {"localhost", 0, {}}},
  };
  for (const Row& row : rows) {
    INFO(row.sentence);
    const Got got = fetch_from(row.listens, row.named);
    CHECK(verdict(got) == "ok");
    CHECK(got.body == "GET / #1");
  }
}

TEST_CASE("pool: a name without an address is unresolved, and said so at once again") {
  config::Upstream settings;
  settings.servers = {config::Server{{"no-such-host.invalid", 80, {}}}};
  settings.connect_timeout = 10s;
  Conversation c{settings};
  c.run([](Conversation& t) -> net::Task<void> {
    for (int i = 0; i < 2; ++i) {
      const Got got = co_await fetch(t.pool, get("/"));
      CHECK(verdict(got) == "unresolved");
      CHECK(got.error->retry == Retry::Safe);
      CHECK(upstream::status_for(*got.error) == 502);
    }
  });
}

TEST_CASE("pool: names are looked up again, and old addresses serve meanwhile") {
  ScriptedOrigin origin;
  config::Upstream settings;
  settings.servers = {config::Server{{"localhost", origin.address().port, {}}}};
  settings.resolve_interval = 1ms;
  Conversation c{settings};
  c.run([](Conversation& t) -> net::Task<void> {
    for (int i = 0; i < 5; ++i) {
      const Got got = co_await fetch(t.pool, get("/"));
      CHECK(verdict(got) == "ok");
      co_await pause(5ms);
    }
  });
  CHECK(origin.requests() == 5);
}

TEST_CASE("pool: servers take turns") {
  ScriptedOrigin a;
  ScriptedOrigin b;
  config::Upstream settings;
  settings.servers = {a.server(), b.server()};
  Conversation c{settings};
  c.run([](Conversation& t) -> net::Task<void> {
    for (int i = 0; i < 6; ++i) {
      const Got got = co_await fetch(t.pool, get("/"));
      CHECK(verdict(got) == "ok");
    }
  });
  CHECK(a.requests() == 3);
  CHECK(b.requests() == 3);
  CHECK(a.connections() == 1);
  CHECK(c.pool.idle() == 2);
}

TEST_CASE("pool: a server that refuses is passed over without an error (FM-19)") {
  ScriptedOrigin up;
  config::Upstream settings;
  settings.servers = {config::Server{refusing()}, up.server()};
  Conversation c{settings};
  c.run([](Conversation& t) -> net::Task<void> {
    for (int i = 0; i < 4; ++i) {
      const Got got = co_await fetch(t.pool, post("/", 0));
      CHECK(verdict(got) == "ok");
      CHECK(got.facts.attempts == 1);
    }
  });
  CHECK(up.requests() == 4);
}

TEST_CASE("pool: the only server refuses: 502 at once, also for those that come after (FM-19)") {
  config::Upstream settings;
  settings.servers = {config::Server{refusing()}};
  Conversation c{settings};
  c.run([](Conversation& t) -> net::Task<void> {
    for (int i = 0; i < 3; ++i) {
      const Got got = co_await fetch(t.pool, get("/"));
      CHECK(verdict(got) == "refused");
      CHECK(got.error->retry == Retry::Safe);
    }
  });
}

TEST_CASE("pool: what is connected serves on when nothing more can be connected") {
  Conversation c;
  c.run([](Conversation& t) -> net::Task<void> {
    const Got first = co_await fetch(t.pool, get("/1"));
    CHECK(verdict(first) == "ok");
    t.origin.refuse_connections();
    auto kept = co_await upstream::open(t.pool, get("/2"));
    REQUIRE(kept);
    const Got refused = co_await fetch(t.pool, get("/3"));
    CHECK(verdict(refused) == "refused");
    const Got second = co_await read_answer(**kept);
    CHECK(verdict(second) == "ok");
    const Got third = co_await fetch(t.pool, get("/4"));
    CHECK(verdict(third) == "ok");
    CHECK(third.facts.reused);
  });
}

TEST_CASE("pool: connecting into a black hole ends by connect_timeout (FM-20)") {
  const BlackHole hole;
  config::Upstream settings;
  settings.servers = {config::Server{hole.address()}};
  settings.connect_timeout = 80ms;
  Conversation c{settings};
  c.run([](Conversation& t) -> net::Task<void> {
    const Got got = co_await fetch(t.pool, get("/"));
    CHECK(verdict(got) == "timeout");
    CHECK(got.error->retry == Retry::Safe);
    CHECK(upstream::status_for(*got.error) == 504);
  });
  CHECK(c.pool.in_use() == 0);
}

TEST_CASE("pool: a black hole costs one connect_timeout, then the other server answers") {
  const BlackHole hole;
  ScriptedOrigin up;
  config::Upstream settings;
  settings.servers = {config::Server{hole.address()}, up.server()};
  settings.connect_timeout = 80ms;
  Conversation c{settings};
  c.run([](Conversation& t) -> net::Task<void> {
    const Got first = co_await fetch(t.pool, get("/"));
    CHECK(verdict(first) == "ok");
    CHECK(first.facts.connect >= 80ms);
    const Got second = co_await fetch(t.pool, get("/"));
    CHECK(verdict(second) == "ok");
    CHECK(second.facts.reused);
  });
}

TEST_CASE("pool: above max_connections there is an answer at once (FM-27)") {
  config::Upstream settings;
  settings.max_connections = 2;
  Conversation c{settings};
  c.run([](Conversation& t) -> net::Task<void> {
    auto first = co_await upstream::open(t.pool, get("/1"));
    auto second = co_await upstream::open(t.pool, get("/2"));
    REQUIRE(first);
    REQUIRE(second);
    CHECK(t.pool.in_use() == 2);
    const Got third = co_await fetch(t.pool, get("/3"));
    CHECK(verdict(third) == "unavailable");
    CHECK(upstream::status_for(*third.error) == 503);
    first->reset();
    const Got fourth = co_await fetch(t.pool, get("/4"));
    CHECK(verdict(fourth) == "ok");
  });
  CHECK(c.origin.requests("/3") == 0);
  CHECK(c.pool.in_use() == 0);
}

TEST_CASE("pool: idle connections make room for those of another server") {
  ScriptedOrigin a;
  ScriptedOrigin b;
  config::Upstream settings;
  settings.servers = {a.server(), b.server()};
  settings.max_connections = 1;
  Conversation c{settings};
  c.run([](Conversation& t) -> net::Task<void> {
    for (int i = 0; i < 4; ++i) {
      const Got got = co_await fetch(t.pool, get("/"));
      CHECK(verdict(got) == "ok");
    }
  });
  CHECK(a.connections() == 2);
  CHECK(b.connections() == 2);
}

TEST_CASE("pool: an idle connection is closed after idle_timeout, without anybody asking") {
  config::Upstream settings;
  settings.idle_timeout = 100ms;
  Conversation c{settings};
  c.run([](Conversation& t) -> net::Task<void> {
    const Got got = co_await fetch(t.pool, get("/"));
    CHECK(t.pool.idle() == 1);
    for (int i = 0; i < 500 && t.pool.idle() != 0; ++i) co_await pause(10ms);
    CHECK(t.pool.idle() == 0);
    CHECK(t.origin.wait_all_ended());
  });
}

TEST_CASE("pool: shutting down closes what is idle and keeps nothing more") {
  Conversation c;
  c.run([](Conversation& t) -> net::Task<void> {
    auto busy = co_await upstream::open(t.pool, get("/busy"));
    REQUIRE(busy);
    const Got got = co_await fetch(t.pool, get("/idle"));
    CHECK(t.pool.idle() == 1);
    t.pool.close_idle();
    CHECK(t.pool.idle() == 0);
    const Got last = co_await read_answer(**busy);
    CHECK(verdict(last) == "ok");
    CHECK(t.pool.idle() == 0);
    CHECK(t.origin.wait_all_ended());
  });
}
