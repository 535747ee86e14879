// What is refused, or fails: the status, a short JSON body, the log line with the side whose fault
// it was, and what becomes of the connection (FRONT rules F6, F14).

#include <catch2/catch.hpp>

#include "tests/support/black_hole.hpp"
#include "tests/walk/http_support.hpp"

namespace wf::test {

namespace {

struct Expected {
  unsigned status;
  const char* side;
  const char* outcome;
};

/// An answer of the proxy's own, and the line in the log about it, which comes after it.
void check_own_answer(const Response& response, const AccessLogFile& log, const Expected& expected,
                      std::size_t number = 1) {
  const std::string line = log.line(number);
  CAPTURE(response.body, line);
  CHECK(response.whole());
  CHECK(response.status == expected.status);
  CHECK(response.field("Content-Type") == "application/json");
  CHECK(response.field("Cache-Control") == "no-store");
  CHECK(response.field("Cache-Status").starts_with("warmfront"));
  const std::string start = "{\"status\":" + std::to_string(expected.status) + ",\"error\":\"";
  CHECK(response.body.starts_with(start));
  CHECK(response.body.ends_with("\"}\n"));
  CHECK(has(response.body, "side", expected.side));
  CHECK(response.body.size() < 256);
  CHECK(line.find("\"status\":" + std::to_string(expected.status)) != std::string::npos);
  CHECK(has(line, "side", expected.side));
  CHECK(has(line, "outcome", expected.outcome));
}

struct Refused {
  std::string name;
  std::string bytes;
  unsigned status;
};

std::string get_with(const std::string& lines) {
  return "GET /a HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n";
}

std::string many_fields(unsigned n) {
  std::string lines;
  for (unsigned i = 0; i < n; ++i) lines += "X-" + std::to_string(i) + ": 1\r\n";
  return lines;
}

std::string long_block() {
  std::string lines;
  for (int i = 0; i < 6; ++i) {
    lines += "X-" + std::to_string(i) + ": " + std::string(7000, 'x') + "\r\n";
  }
  return lines;
}

std::vector<Refused> refused_heads() {
  return {
      {"no token in the method", "G{T /a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"two lengths", get_with("Content-Length: 1\r\nContent-Length: 2\r\n"), 400},
      {"a long target", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"a long field line", get_with("X: " + std::string(9000, 'x') + "\r\n"), 431},
      {"many fields", get_with(many_fields(200)), 431},
      {"a long head", get_with(long_block()), 431},
      {"an announced body too large", "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n",
       413},
      {"an unknown method", "BREW /a HTTP/1.1\r\nHost: a\r\n\r\n", 501},
      {"a coding other than chunked",
       "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"another version", "GET /a HTTP/2.0\r\nHost: a\r\n\r\n", 505},
  };
}

}  // namespace

TEST_CASE("a head that breaks a rule") {
  const auto entry = GENERATE(from_range(refused_heads()));
  CAPTURE(entry.name);
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  config.limits.body = Bytes{100};
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send(entry.bytes + "GET /canary HTTP/1.1\r\nHost: a\r\n\r\n"));
  const Response response = client.read();
  check_own_answer(response, log, {entry.status, "client", "refused"});
  CHECK(response.field("Connection") == "close");
  CHECK(client.ended());
  CHECK(origin.requests() == 0);
}

TEST_CASE("408: a head, or a body, that comes too slowly") {
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  config.limits.header_timeout = 200ms;
  config.limits.body_timeout = 200ms;
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  SECTION("head") { REQUIRE(client.send("GET /a HTTP/1.1\r\nHost: a\r\n")); }
  SECTION("head of a second request") {
    CHECK(client.ask({"GET", "/a", {{"X", "1"}}, {}}).whole());
    CHECK_FALSE(log.line(1).empty());
    REQUIRE(client.send("G"));
    check_own_answer(client.read(), log, {408, "client", "refused"}, 2);
    CHECK(client.ended());
    return;
  }
  SECTION("body") {
    REQUIRE(client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345"));
  }
  SECTION("chunked body") {
    REQUIRE(
        client.send("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12"));
  }
  const Response response = client.read();
  check_own_answer(response, log, {408, "client", "refused"});
  CHECK(response.field("Connection") == "close");
  CHECK(client.ended());
  CHECK(origin.wait_all_ended());  // the part is not taken for the whole
  CHECK(origin.seen().empty());
}

TEST_CASE("an idle connection is closed without a word") {
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  config.limits.idle_timeout = 200ms;
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  SECTION("before its first request") {}
  SECTION("between two") { CHECK(client.get("/a").whole()); }
  CHECK(client.ended());
}

TEST_CASE("413 and 400: a chunked body that grows too large, or is none") {
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  config.limits.body = Bytes{100};
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
  unsigned status = 400;
  SECTION("too large") {
    status = 413;
    REQUIRE(client.send("3c\r\n" + std::string(60, 'x') + "\r\n3c\r\n" + std::string(60, 'x')));
  }
  SECTION("no size") { REQUIRE(client.send("5\r\nhello\r\nfive\r\n")); }
  SECTION("a control byte in an extension (F13)") { REQUIRE(client.send("5;a\x01\r\nhello\r\n")); }
  REQUIRE(client.send("\r\n0\r\n\r\nGET /canary HTTP/1.1\r\nHost: a\r\n\r\n"));
  const Response response = client.read();
  check_own_answer(response, log, {status, "client", "refused"});
  CHECK(response.field("Connection") == "close");
  CHECK(client.ended());
  CHECK(origin.wait_all_ended());
  CHECK(origin.seen().empty());
  CHECK(origin.requests("/canary") == 0);
}

TEST_CASE("404: no route") {
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  config.routes.back().match.path = "/api/**";
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  check_own_answer(client.get("/a"), log, {404, "self", "no-route"});
  CHECK(client.get("/api/a").whole());  // the connection lives
  SECTION("and what was sent with it is not the next request") {
    const Response response = client.ask({"POST", "/a", {}, "GET /canary HTTP/1.1\r\n\r\n"});
    CHECK(response.status == 404);
    CHECK(response.field("Connection") == "close");
    CHECK(client.ended());
    CHECK(origin.requests() == 1);
  }
}

TEST_CASE("502: an origin that refuses, or speaks nonsense") {
  ScriptedOrigin origin;
  const auto caching = GENERATE(Caching::Off, Caching::On);
  config::Config config = config_for(origin, caching);
  AccessLogFile log{config};
  SECTION("refuses") { origin.refuse_connections(); }
  SECTION("nonsense") {
    origin.handle(
        [](const OriginRequest&) { return Script{}.send("SSH-2.0-x\r\n\r\n").await_end(); });
  }
  SECTION("closes without an answer") {
    origin.handle([](const OriginRequest&) { return Script{}.close(); });
  }
  SECTION("resets without an answer") {
    origin.handle([](const OriginRequest&) { return Script{}.reset(); });
  }
  SECTION("a status that is none") {
    origin.handle([](const OriginRequest&) {
      return Script{}.send("HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n").await_end();
    });
  }
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  check_own_answer(client.get("/a"), log, {502, "upstream", "upstream-error"});
  CHECK(client.get("/b").status == 502);  // the client's connection is not to blame
}

TEST_CASE("503: all connections to the origin are in use") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    Script script;
    if (request.path() == "/held") script.hold("go");
    return script.send(to_text(Answer{200, {}, "ok"}, request.serial));
  }};
  const auto caching = GENERATE(Caching::Off, Caching::On);
  config::Config config = config_for(origin, caching);
  config.workers = 1;
  upstream_of(config).max_connections = 1;
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  HttpClient first{proxy.port()};
  REQUIRE(first.send({"GET", "/held", {}, {}}));
  REQUIRE(origin.wait_held("go"));
  HttpClient second{proxy.port()};
  const Response response = second.get("/b");
  check_own_answer(response, log, {503, "upstream", "overloaded"});
  CHECK(response.has("Retry-After"));
  origin.release("go");
  CHECK(first.read().status == 200);
  CHECK(second.get("/b").status == 200);
}

TEST_CASE("504: an origin that is too slow") {
  ScriptedOrigin origin;
  const auto caching = GENERATE(Caching::Off, Caching::On);
  config::Config config = config_for(origin, caching);
  AccessLogFile log{config};
  SECTION("to answer") {
    upstream_of(config).response_timeout = 200ms;
    origin.handle([](const OriginRequest&) { return Script{}.await_end(); });
    Proxy proxy{std::move(config)};
    HttpClient client{proxy.port()};
    check_own_answer(client.get("/a"), log, {504, "upstream", "upstream-timeout"});
    CHECK(origin.wait_all_ended());
    CHECK(origin.requests() == 1);  // not asked again
  }
  SECTION("to accept") {
    const BlackHole hole;
    upstream_of(config).servers = {config::Server{hole.address()}};
    upstream_of(config).connect_timeout = 200ms;
    Proxy proxy{std::move(config)};
    HttpClient client{proxy.port()};
    check_own_answer(client.get("/a"), log, {504, "upstream", "upstream-timeout"});
  }
}

TEST_CASE("a slow upload does not make the origin late") {
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  upstream_of(config).response_timeout = 100ms;
  config.limits.body_timeout = 1500ms;
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345"));
  // The client stops: that is its own fault, and is told so at body_timeout, not before.
  check_own_answer(client.read(), log, {408, "client", "refused"});
}

TEST_CASE("write_timeout cuts off who reads nothing, not who reads slowly") {
  constexpr std::size_t kPiece = std::size_t{1} << 20U;
  constexpr std::size_t kBody = 32 * kPiece;  // more than the kernel takes at once
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200, {}, std::string(kBody, 'x')});
  }};
  config::Config config = config_for(origin);
  config.limits.write_timeout = 500ms;
  config.store.max_object_size = 64_MiB;
  config.store.memory.size = 1_GiB;
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  REQUIRE(get(proxy.port(), "/a").whole());
  HttpClient client{proxy.port()};
  REQUIRE(client.send({"GET", "/a", {}, {}}));
  Response response = client.read_head();
  CHECK(response.says("hit"));
  SECTION("slowly") {
    while (response.body.size() < kBody) {
      const std::size_t before = response.body.size();
      client.read_body(response, before + kPiece);
      if (response.body.size() == before) break;
      ::usleep(40'000);  // a pace, not an order: all together takes more than write_timeout
    }
    client.read_rest(response);
    CHECK(response.whole());
    CHECK(response.body.size() == kBody);
  }
  SECTION("nothing") {
    CHECK(has(log.line(2), "side", "client"));
    client.read_rest(response);
    CHECK(response.end == End::Cut);
  }
}

TEST_CASE("connections above the limit are closed as they come") {
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  config.workers = 1;
  config.limits.connections = 2;
  Proxy proxy{std::move(config)};
  HttpClient one{proxy.port()};
  HttpClient two{proxy.port()};
  CHECK(one.get("/a").whole());
  CHECK(two.get("/a").whole());
  HttpClient three{proxy.port()};
  CHECK(three.ended());
  one.close();
  CHECK(eventually([&] {
    HttpClient again{proxy.port()};
    return again.get("/a").status == 200;
  }));
}

}  // namespace wf::test
