// What one address may take, and what is counted of those who are sent away.

#include <catch2/catch.hpp>

#include "tests/walk/http_support.hpp"

namespace wf::test {

namespace {

std::string introduction(const std::string& address) {
  return "PROXY TCP4 " + address + " 10.0.0.1 4711 80\r\n";
}

}  // namespace

TEST_CASE("connections of one address, by its PROXY header") {
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  config.listen.front().proxy_protocol = {config::kLoopback4};
  config.limits.per_address.connections = 2;
  Proxy proxy{std::move(config)};
  const auto connect = [&](const std::string& address) {
    HttpClient client{proxy.port()};
    CHECK(client.send(introduction(address)));
    return client;
  };
  HttpClient one = connect("192.0.2.1");
  HttpClient two = connect("192.0.2.1");
  CHECK(one.get("/a").whole());
  CHECK(two.get("/a").whole());
  HttpClient three = connect("192.0.2.1");
  CHECK(three.ended());
  CHECK(tallied(proxy, &observe::Tally::over_address_limit) == 1);
  CHECK(connect("192.0.2.2").get("/a").whole());
  one.close();
  CHECK(eventually([&] { return connect("192.0.2.1").get("/a").status == 200; }));
}

TEST_CASE("429: requests of one address, by what its forwarder says") {
  FakeClock clock;
  ScriptedOrigin origin;
  config::Config config = config_for(origin);
  config.trusted_proxies = {config::kLoopback4};
  config.limits.per_address.requests_per_second = 1;
  config.limits.per_address.burst = 2;
  AccessLogFile log{config};
  Proxy proxy{std::move(config), clock};
  HttpClient client{proxy.port()};
  const auto ask = [&](const std::string& address) {
    return client.get("/a", {{"X-Forwarded-For", address}});
  };
  CHECK(ask("192.0.2.1").status == 200);
  CHECK(ask("192.0.2.1").status == 200);
  const Response refused = ask("192.0.2.1");
  CHECK(refused.status == 429);
  CHECK(refused.whole());
  CHECK(refused.field("Retry-After") == "1");
  CHECK(refused.field("Cache-Control") == "no-store");
  const std::string line = log.line(3);
  CHECK(has(line, "outcome", "rate-limited"));
  CHECK(has(line, "side", "client"));
  CHECK(ask("192.0.2.2").status == 200);  // somebody else on the same connection
  CHECK(ask("192.0.2.1").status == 429);
  clock.advance(1s);
  CHECK(ask("192.0.2.1").status == 200);
  CHECK(ask("192.0.2.1").status == 429);
  SECTION("and the body of such a request is not the next one") {
    CHECK(client.ask({"POST", "/a", {{"X-Forwarded-For", "192.0.2.1"}}, "GET /canary"}).status ==
          429);
    CHECK(client.ended());
    CHECK(origin.requests() == 1);
  }
}

TEST_CASE("a body slower than body_rate, however steadily it comes: 408") {
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  config.limits.body_timeout = 300ms;
  config.limits.body_rate = 1_MiB;
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"));
  const bool answered = eventually([&] {
    static_cast<void>(client.send("x"));
    ::usleep(10'000);  // a pace, not an order
    return client.readable();
  });
  CHECK(answered);
  CHECK(client.read().status == 408);
  CHECK(has(log.line(1), "side", "client"));
  CHECK(tallied(proxy, &observe::Tally::slow_requests) == 1);
  CHECK(origin.wait_all_ended());
}

TEST_CASE("what bodies and answers break is counted by the rule's name") {
  using message::Rule;
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  config.limits.body = Bytes{100};
  SECTION("a chunk without a size: F13") {
    Proxy proxy{std::move(config)};
    CHECK(converse(proxy.port(),
                   "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfive\r\n")
              .starts_with("HTTP/1.1 400 "));
    CHECK(refused_by(proxy, Rule::F13) == 1);
  }
  SECTION("a body that grows too large: F6") {
    Proxy proxy{std::move(config)};
    CHECK(converse(proxy.port(),
                   "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n")
              .starts_with("HTTP/1.1 413 "));
    CHECK(refused_by(proxy, Rule::F6) == 1);
  }
  struct Row {
    std::string answer;
    Rule rule;
  };
  const auto check = [&](const Row& row) {
    origin.handle([row](const OriginRequest&) { return Script{}.send(row.answer).close(); });
    Proxy proxy{config};
    static_cast<void>(get(proxy.port(), "/a"));
    CHECK(eventually([&] { return refused_by(proxy, row.rule) == 1; }));
  };
  SECTION("two lengths: R1") {
    check({"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", Rule::R1});
  }
  SECTION("a chunk without a size: R1") {
    check({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfive\r\n", Rule::R1});
  }
  SECTION("no status: R2") { check({"HTTP/1.1 999 OK\r\n\r\n", Rule::R2}); }
  SECTION("101 unasked: R3") { check({"HTTP/1.1 101 X\r\n\r\n", Rule::R3}); }
  SECTION("more than was announced: R5") {
    check({"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy", Rule::R5});
  }
  SECTION("a line too long: R6") {
    check({"HTTP/1.1 200 OK\r\nX: " + std::string(9000, 'x') + "\r\n\r\n", Rule::R6});
  }
  SECTION("less than was announced: R7") {
    check({"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx", Rule::R7});
  }
  SECTION("a control byte: R10") { check({"HTTP/1.1 200 OK\r\nX: a\x01\r\n\r\n", Rule::R10}); }
}

}  // namespace wf::test
