// Who the client is: PROXY headers and forwarders of ours are believed, everybody else is not.

#include <catch2/catch.hpp>

#include "tests/walk/http_support.hpp"

namespace wf::test {

namespace {

using namespace std::string_literals;

const std::string kGet = to_text({"GET", "/a", {}, {}});
const std::string kV1 = "PROXY TCP4 192.0.2.7 10.0.0.1 4711 80\r\n";
const std::string kV2 =
    "\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x27"s
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7"s +
    std::string(16, '\1') + "\x30\x39\x00\x50\x04\0\0"s;
const std::string kLocal = "\r\n\r\n\0\r\nQUIT\n\x20\x00\0\0"s;

config::Config introduced(const ScriptedOrigin& origin) {
  config::Config config = pass_config(origin);
  config.listen.front().proxy_protocol = {config::kLoopback4};
  return config;
}

}  // namespace

TEST_CASE("a PROXY header names the client, in the log and to the origin") {
  struct Row {
    std::string header;
    std::string client;
    std::string forwarded;
  };
  const auto row = GENERATE(values<Row>({{kV1, "192.0.2.7", "for=192.0.2.7"},
                                         {kV2, "2001:db8::7", "for=\"[2001:db8::7]\""},
                                         {kLocal, "127.0.0.1", "for=127.0.0.1"},
                                         {"PROXY UNKNOWN\r\n", "127.0.0.1", "for=127.0.0.1"}}));
  ScriptedOrigin origin;
  config::Config config = introduced(origin);
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  SECTION("with the request") { REQUIRE(client.send(row.header + kGet)); }
  SECTION("in pieces of its own") {
    for (const char byte : row.header) REQUIRE(client.send({&byte, 1}));
    REQUIRE(client.send(kGet));
  }
  CHECK(client.read().status == 200);
  CHECK(client.get("/b").status == 200);  // not before every request
  for (const std::size_t number : {1U, 2U}) {
    CHECK(has(log.line(number), "client", row.client));
    const OriginRequest request = origin.seen().at(number - 1);
    CHECK(request.field("X-Forwarded-For") == row.client);
    CHECK(request.field("Forwarded").starts_with(row.forwarded + ";"));
  }
}

TEST_CASE("where a PROXY header is due, nothing else will do") {
  ScriptedOrigin origin;
  config::Config config = introduced(origin);
  config.limits.header_timeout = 200ms;
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  SECTION("a request") { REQUIRE(client.send(kGet)); }
  SECTION("nonsense") { REQUIRE(client.send("PROXY TCP4 nobody nowhere 1 2\r\n" + kGet)); }
  SECTION("half of one") { REQUIRE(client.send(kV1.substr(0, 20))); }
  SECTION("nothing") {}
  CHECK(client.ended());
  CHECK(origin.requests() == 0);
  CHECK(eventually([&] { return tallied(proxy, &observe::Tally::bad_introductions) == 1; }));
}

TEST_CASE("a PROXY header from anybody else is a bad request") {
  const std::string header = GENERATE(kV1, kV2);
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  config.listen.front().proxy_protocol = {config::kLoopback6};
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send(header + kGet));
  CHECK(client.read().status == 400);
  CHECK(client.ended());
  CHECK(origin.requests() == 0);
}

TEST_CASE("a trusted forwarder says who the client is, request by request") {
  ScriptedOrigin origin;
  config::Config config = config_for(origin);
  config.trusted_proxies = {config::kLoopback4};
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  CHECK(client.get("/a", {{"X-Forwarded-For", "198.51.100.1, 192.0.2.7"}}).status == 200);
  CHECK(client.get("/b", {{"Forwarded", "for=192.0.2.8"}}).status == 200);
  CHECK(client.get("/c").status == 200);
  CHECK(client.get("/d", {{"X-Forwarded-For", "unknown"}}).status == 200);
  const std::vector<std::string> expected{"192.0.2.7", "192.0.2.8", "127.0.0.1", "127.0.0.1"};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(has(log.line(i + 1), "client", expected[i]));
    CHECK(origin.seen().at(i).field("X-Forwarded-For") == expected[i]);
  }
}

TEST_CASE("a forwarder behind a load balancer is known by its PROXY header") {
  ScriptedOrigin origin;
  config::Config config = introduced(origin);
  config.trusted_proxies = {
      {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7}, 128}};  // 192.0.2.7
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send(kV1));
  CHECK(client.get("/a", {{"X-Forwarded-For", "203.0.113.5"}}).status == 200);
  CHECK(has(log.line(1), "client", "203.0.113.5"));
  CHECK(origin.seen().at(0).field("X-Forwarded-For") == "203.0.113.5, 192.0.2.7");
}

}  // namespace wf::test
