// A whole proxy before a scripted origin: how exchanges, fills and the process end.
#include <catch2/catch.hpp>

#include <chrono>
#include <thread>

#include "config/load.hpp"
#include "proxy/server/server.hpp"
#include "tests/support/scripted_origin.hpp"
#include "tests/support/tcp_client.hpp"

using namespace wf;
using namespace std::chrono_literals;
using test::OriginRequest;
using test::Script;

namespace {

constexpr std::string_view kRoutes =
    "routes:\n"
    "  - {name: kept, match: \"/kept/**\", upstream: api,"
    " cache: {ttl: 10s, stale_if_error: 1h}}\n"
    "  - {name: refreshed, match: \"/refreshed/**\", upstream: api,"
    " cache: {ttl: 10s, stale_while_revalidate: 1h}}\n"
    "  - {name: rest, match: \"/**\", upstream: api}\n";

std::shared_ptr<const config::Config> configuration(const test::ScriptedOrigin& origin) {
  const std::string text =
      "listen: [{address: \"127.0.0.1:0\"}]\nworkers: 1\nlog: {access: off}\n"
      "limits: {idle_timeout: 60s, body_timeout: 60s}\ndrain_timeout: 60s\n"
      "upstreams: {api: {servers: [\"http://127.0.0.1:" +
      std::to_string(origin.address().port) + "\"]}}\n" + std::string{kRoutes};
  auto loaded = config::load_text(text, "test", [](const std::string&) { return std::nullopt; });
  if (!loaded) FAIL(to_string(loaded.error().front()));
  return std::make_shared<const config::Config>(std::move(*loaded));
}

struct Stage {
  Stage() { server.start(); }
  [[nodiscard]] test::TcpClient client() const { return test::TcpClient{server.ports().front()}; }

  test::ScriptedOrigin origin;
  FakeClock clock;
  server::Server server{configuration(origin), clock};
};

std::string get(std::string_view path, std::string_view version = "1.1") {
  return "GET " + std::string{path} + " HTTP/" + std::string{version} + "\r\nHost: h\r\n\r\n";
}

std::string with_body(std::string_view status, std::string_view fields, std::string_view body) {
  return "HTTP/1.1 " + std::string{status} + "\r\n" + std::string{fields} +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

}  // namespace

TEST_CASE("a drain closes connections that fall idle after it began") {
  Stage stage;
  stage.origin.next_connection(
      Script{}.read_request().hold("late").send(with_body("200 OK", "", "x")));
  auto client = stage.client();
  client.send(get("/a"));
  REQUIRE(stage.origin.wait_held("late"));
  const auto began = std::chrono::steady_clock::now();
  std::thread stopping{[&stage] { stage.server.stop(); }};
  // The listener goes first: when it refuses, the drain has begun.
  while (test::TcpClient::reachable(stage.server.ports().front())) std::this_thread::yield();
  stage.origin.release("late");
  const std::string answer = client.read_to_end();
  stopping.join();
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  // Neither idle_timeout nor drain_timeout, both a minute, had to pass.
  CHECK(std::chrono::steady_clock::now() - began < 30s);
}

TEST_CASE("a body cut short is no orderly end for a client of HTTP/1.0 (R7)") {
  Stage stage;
  const std::string half = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n";
  stage.origin.next_connection(Script{}.read_request().send(half).hold("cut").reset());
  auto client = stage.client();
  client.send(get("/a", "1.0"));
  std::string text = client.read_until("half");
  stage.origin.release("cut");
  text += client.read_to_end();
  CHECK(text.ends_with("\r\n\r\nhalf"));
  CHECK(client.was_reset());

  stage.origin.next_connection(Script{}.read_request().send(half + "0\r\n\r\n"));
  auto another = stage.client();
  another.send(get("/b", "1.0"));
  CHECK(another.read_to_end().ends_with("\r\n\r\nhalf"));
  CHECK_FALSE(another.was_reset());
}

TEST_CASE("an early answer ends the exchange although the client sends no more of its body") {
  Stage stage;
  stage.origin.next_connection(
      Script{}.read_head().send(with_body("403 Forbidden", "", "no")).await_end());
  auto client = stage.client();
  const auto began = std::chrono::steady_clock::now();
  client.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nsome");
  const std::string answer = client.read_to_end();
  CHECK(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"));
  CHECK(std::chrono::steady_clock::now() - began < 30s);
}

TEST_CASE("what was purged while its fill was under way is not served stale on error") {
  Stage stage;
  stage.origin.handle([](const OriginRequest& request) {
    if (request.method == "PUT") return Script{}.send(with_body("200 OK", "", "put"));
    return Script{}.send(with_body("200 OK", "", "old"));
  });
  for (const char* path : {"/kept/a", "/kept/b"}) {
    CHECK(stage.client().ask(get(path)).ends_with("old"));
  }
  stage.clock.advance(Seconds{60});

  const std::string broken = with_body("500 Internal Server Error", "", "broken");
  stage.origin.handle([broken](const OriginRequest& request) {
    if (request.method == "PUT") return Script{}.send(with_body("200 OK", "", "put"));
    return Script{}.hold("fill").send(broken);
  });
  auto waiting = stage.client();
  waiting.send(get("/kept/a"));
  REQUIRE(stage.origin.wait_held("fill"));
  CHECK(stage.client()
            .ask("PUT /kept/a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
            .ends_with("put"));
  stage.origin.release("fill");
  CHECK(waiting.read_until("broken").starts_with("HTTP/1.1 500 "));

  // Without a purge it would have been.
  CHECK(stage.client().ask(get("/kept/b")).ends_with("old"));
}

TEST_CASE("who follows a fill is told how old its head is by now (RFC 9111 §5.1)") {
  Stage stage;
  const std::string begun = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf";
  stage.origin.next_connection(Script{}.read_request().send(begun).hold("rest").send("half"));
  auto first = stage.client();
  first.send(get("/kept/a"));
  CHECK(first.read_until("half").find("Age:") == std::string::npos);
  stage.clock.advance(Seconds{5});
  auto second = stage.client();
  second.send(get("/kept/a"));
  const std::string head = second.read_until("half");
  INFO(head);
  CHECK(head.find("\r\nAge: 5\r\n") != std::string::npos);
  stage.origin.release("rest");
  CHECK(second.read_until("half") == "half");
  CHECK(stage.origin.requests() == 1);
}

TEST_CASE("a HEAD that finds something stale has it refreshed by a GET (RFC 5861 §3)") {
  Stage stage;
  CHECK(stage.client().ask(get("/refreshed/a")).ends_with("#1"));
  stage.clock.advance(Seconds{60});
  const std::string head = stage.client().ask("HEAD /refreshed/a HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(head.find("\r\nAge: 60\r\n") != std::string::npos);
  REQUIRE(stage.origin.wait_requests(2));
  // The fill may still be at work; until then the answer is the stale one.
  std::string fresh;
  const auto until = std::chrono::steady_clock::now() + 20s;
  do {
    fresh = stage.client().ask(get("/refreshed/a"));
  } while (fresh.ends_with("#1") && std::chrono::steady_clock::now() < until);
  CHECK(fresh.ends_with("GET /refreshed/a #2"));
  CHECK(stage.origin.requests() == 2);
}
