// How messages begin and end, and how long a connection lives (RFC 9112 §6, §7, §9).

#include <thread>

#include <catch2/catch.hpp>

#include "tests/walk/http_support.hpp"

namespace wf::test {

namespace {

/// Echoes the request's body.
Script mirror(const OriginRequest& request) {
  Answer answer;
  answer.body = request.body;
  return reply(request, answer);
}

Script chunked_answer(const OriginRequest& request) {
  Script script;
  script.send(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
      "5;name=value\r\nhello\r\n1;q=\"a;b\"\r\n \r\n");
  if (request.target == "/slow") script.hold("rest");
  return script.send("5\r\nworld\r\n0;last\r\nX-Sum: 42\r\nX-Serial: 7\r\n\r\n");
}

}  // namespace

TEST_CASE("a connection is kept alive, to the client and to the origin") {
  ScriptedOrigin origin;
  Proxy proxy{pass_config(origin)};
  HttpClient client{proxy.port()};
  for (unsigned i = 1; i <= 5; ++i) {
    const Response response = client.get("/a");
    REQUIRE(response.whole());
    CHECK(response.serial() == i);
    CHECK_FALSE(response.has("Connection"));
  }
  CHECK(origin.connections() == 1);
}

TEST_CASE("Connection: close from the client ends its connection, not the origin's") {
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  config.workers = 1;  // one pool
  Proxy proxy{std::move(config)};
  for (int i = 0; i < 3; ++i) {
    HttpClient client{proxy.port()};
    const Response response = client.get("/a", {{"Connection", "close"}});
    REQUIRE(response.whole());
    CHECK(response.field("Connection") == "close");
    CHECK(client.ended());
  }
  CHECK(origin.connections() == 1);
}

TEST_CASE("Connection: close from the origin ends its connection, not the client's") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200, {{"Connection", "close"}}, "bye"}).close();
  }};
  Proxy proxy{pass_config(origin)};
  HttpClient client{proxy.port()};
  for (unsigned i = 1; i <= 3; ++i) {
    const Response response = client.get("/a");
    REQUIRE(response.whole());
    CHECK_FALSE(response.has("Connection"));
    CHECK(origin.connections() == i);
  }
}

TEST_CASE("a client of HTTP/1.0") {
  ScriptedOrigin origin;
  Proxy proxy{pass_config(origin)};
  SECTION("is disconnected after its answer") {
    const std::string answer = converse(proxy.port(), "GET /a HTTP/1.0\r\nHost: a\r\n\r\n");
    CHECK(answer.starts_with("HTTP/1.1 200"));
    CHECK(answer.find("Connection: close\r\n") != std::string::npos);
    CHECK(answer.ends_with("\r\n\r\nGET /a #1"));
  }
  SECTION("is kept where it asks for it") {
    HttpClient client{proxy.port()};
    for (int i = 0; i < 2; ++i) {
      REQUIRE(client.send("GET /a HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"));
      const Response response = client.read();
      REQUIRE(response.whole());
      CHECK(response.field("Connection") == "keep-alive");
    }
  }
  SECTION("is never sent chunks") {
    origin.handle(chunked_answer);
    const std::string answer =
        converse(proxy.port(), "GET /a HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
    CHECK(answer.find("Transfer-Encoding") == std::string::npos);
    CHECK(answer.ends_with("\r\n\r\nhello world"));
  }
  SECTION("needs no Host") {
    const std::string answer = converse(proxy.port(), "GET /a HTTP/1.0\r\n\r\n");
    CHECK(answer.starts_with("HTTP/1.1 200"));
    REQUIRE(origin.seen().size() == 1);
    CHECK(has_field(views(origin.seen().front().fields), "Host"));  // HTTP/1.1 does (RFC 9112 §3.2)
  }
}

TEST_CASE("a client that has said all it will is answered") {
  ScriptedOrigin origin;
  Proxy proxy{pass_config(origin)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send({"GET", "/a", {}, {}}));
  REQUIRE(client.send({"POST", "/b", {}, "body"}));
  client.half_close();
  CHECK(client.read().body == "GET /a #1");
  CHECK(client.read().body == "POST /b #2");
  CHECK(client.ended());
}

TEST_CASE("requests_per_connection") {
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  config.limits.requests_per_connection = 2;
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  CHECK_FALSE(client.get("/a").has("Connection"));
  CHECK(client.get("/a").field("Connection") == "close");
  CHECK(client.ended());
}

TEST_CASE("a thousand requests in one piece are answered in order") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200, {}, request.method + request.target + request.body});
  }};
  config::Config config = config_for(origin);
  Proxy proxy{std::move(config)};
  std::string bytes;
  std::vector<std::string> expected;
  constexpr unsigned kRequests = 1000;
  for (unsigned i = 0; i < kRequests; ++i) {
    const std::string number = std::to_string(i);
    switch (i % 4) {
      case 0:  // mostly hits
        bytes += to_text({"GET", "/hot", {}, {}});
        expected.emplace_back("GET/hot");
        break;
      case 1:
        bytes += to_text({"GET", "/cold/" + number, {}, {}});
        expected.push_back("GET/cold/" + number);
        break;
      case 2:
        bytes += to_text({"POST", "/post", {}, "body " + number});
        expected.push_back("POST/postbody " + number);
        break;
      default:
        bytes += to_text(
            {"POST", "/chunks", {{"Transfer-Encoding", "chunked"}, {"Content-Type", number}}, {}});
        bytes += "4\r\nbody\r\n0\r\n\r\n";
        expected.emplace_back("POST/chunksbody");
    }
  }
  HttpClient client{proxy.port()};
  std::thread sender{[&] { static_cast<void>(client.send(bytes)); }};
  unsigned right = 0;
  for (const std::string& body : expected) {
    const Response response = client.read();
    if (!response.whole() || response.status != 200 || response.body != body) break;
    ++right;
  }
  sender.join();
  CHECK(right == kRequests);
  CHECK(origin.requests("/hot") == 1);
}

TEST_CASE("HEAD has the head of GET and no body") {
  ScriptedOrigin origin;
  const auto caching = GENERATE(Caching::Off, Caching::On);
  const config::Config config = config_for(origin, caching);
  Proxy proxy{config};
  HttpClient client{proxy.port()};
  const Response head = client.ask({"HEAD", "/a", {}, {}});
  REQUIRE(head.whole());
  CHECK(head.status == 200);
  CHECK(head.field("Content-Length") == "10");
  const Response get = client.get("/a");
  REQUIRE(get.whole());
  CHECK(get.body == "GET /a #2");
  CHECK(origin.connections() == 1);
}

TEST_CASE("a chunked answer loses its extensions and trailers") {
  ScriptedOrigin origin{chunked_answer};
  const auto caching = GENERATE(Caching::Off, Caching::On);
  const config::Config config = config_for(origin, caching);
  Proxy proxy{config};
  const std::string answer =
      converse(proxy.port(), "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  CHECK(answer.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
  CHECK(answer.find(';', answer.find("\r\n\r\n")) == std::string::npos);
  CHECK(answer.find("X-Sum") == std::string::npos);
  CHECK(answer.find("X-Serial") == std::string::npos);
  CHECK(answer.ends_with("\r\n0\r\n\r\n"));
  HttpClient client{proxy.port()};
  CHECK(client.get("/b").body == "hello world");
}

TEST_CASE("an answer streams: what has come is passed on at once") {
  ScriptedOrigin origin{chunked_answer};
  const auto caching = GENERATE(Caching::Off, Caching::On);
  const config::Config config = config_for(origin, caching);
  Proxy proxy{config};
  HttpClient client{proxy.port()};
  REQUIRE(client.send({"GET", "/slow", {}, {}}));
  Response response = client.read_head();
  client.read_body(response, 6);
  CHECK(response.body == "hello ");
  origin.release("rest");
  client.read_rest(response);
  CHECK(response.whole());
  CHECK(response.body == "hello world");
}

TEST_CASE("an answer that ends with the origin's connection") {
  ScriptedOrigin origin{[](const OriginRequest&) {
    return Script{}.send("HTTP/1.1 200 OK\r\n\r\nall of it").close();
  }};
  const auto caching = GENERATE(Caching::Off, Caching::On);
  const config::Config config = config_for(origin, caching);
  Proxy proxy{config};
  HttpClient client{proxy.port()};
  for (int i = 0; i < 2; ++i) {
    const Response response = client.get("/a");
    CHECK(response.whole());
    CHECK(response.body == "all of it");
    CHECK(response.field("Transfer-Encoding") == "chunked");
  }
  CHECK(origin.requests() == 2);  // nobody can tell that it was whole (R8)
}

TEST_CASE("a request's body goes on framed as it came") {
  ScriptedOrigin origin{mirror};
  Proxy proxy{pass_config(origin)};
  HttpClient client{proxy.port()};
  SECTION("by its length") {
    const Response response = client.ask({"POST", "/a", {}, "some body"});
    CHECK(response.body == "some body");
    CHECK(origin.seen().front().field("Content-Length") == "9");
    CHECK(origin.seen().front().field("Transfer-Encoding").empty());
  }
  SECTION("in chunks, without extensions and trailers") {
    REQUIRE(
        client.send({"POST", "/a", {{"Transfer-Encoding", "chunked"}, {"Trailer", "X-T"}}, {}}));
    REQUIRE(client.send("4;x=1\r\nsome\r\n5 ; y=\"\\\"\"\r\n body\r\n0\r\nX-T: 1\r\n\r\n"));
    const Response response = client.read();
    CHECK(response.body == "some body");
    const OriginRequest seen = origin.seen().front();
    CHECK(seen.field("Transfer-Encoding") == "chunked");
    CHECK(seen.field("Content-Length").empty());
    CHECK(seen.field("Trailer").empty());
    CHECK(seen.field("X-T").empty());
    CHECK(client.get("/next").whole());
  }
  SECTION("an empty one") {
    CHECK(client.ask({"POST", "/a", {{"Content-Length", "0"}}, {}}).whole());
    CHECK(client.ask({"POST", "/a", {}, {}}).whole());
    CHECK(origin.seen().back().field("Content-Length") == "0");
  }
}

TEST_CASE("a request streams: the origin sees what has come") {
  ScriptedOrigin origin;
  origin.next_connection(Script{}.read_head().hold("seen").read_body().send(
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  Proxy proxy{pass_config(origin)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345"));
  REQUIRE(origin.wait_held("seen"));  // before the body was whole
  origin.release("seen");
  REQUIRE(client.send("67890"));
  CHECK(client.read().body == "ok");
  CHECK(origin.seen().front().body == "1234567890");
}

TEST_CASE("204 and 304 have no body and keep the connection") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {request.target == "/204" ? 204U : 304U, {}, {}});
  }};
  Proxy proxy{pass_config(origin)};
  HttpClient client{proxy.port()};
  for (int i = 0; i < 2; ++i) {
    CHECK(client.get("/204").status == 204);
    CHECK(client.get("/304", {{"If-None-Match", "\"a\""}}).status == 304);
  }
  CHECK(origin.connections() == 1);
}

}  // namespace wf::test
