// Origins that fail, lie or leave, and how they are reached.

#include <catch2/catch.hpp>

#include "tests/walk/http_support.hpp"

namespace wf::test {

namespace {

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// One pool, so that its connections are predictable.
config::Config one_worker(config::Config config) {
  config.workers = 1;
  return config;
}

}  // namespace

TEST_CASE("an answer that breaks off is cut for the client too") {
  ScriptedOrigin origin;
  const bool caches = GENERATE(false, true);
  config::Config config = caches ? config_for(origin) : pass_config(origin);
  AccessLogFile log{config};
  const bool reset = GENERATE(false, true);
  std::string head = "HTTP/1.1 200 OK\r\n";
  SECTION("length-framed") { head += "Content-Length: 100\r\n\r\npart"; }
  SECTION("chunked") { head += "Transfer-Encoding: chunked\r\n\r\n4\r\npart\r\n"; }
  origin.handle([&](const OriginRequest&) {
    Script script;
    script.send(head).hold("break");
    return reset ? script.reset() : script.close();
  });
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send({"GET", "/a", {}, {}}));
  Response response = client.read_head();
  client.read_body(response, 4);
  CHECK(response.body == "part");
  origin.release("break");
  client.read_rest(response);
  CHECK(response.end == End::Cut);
  CHECK(response.body == "part");
  CHECK(has(log.line(1), "side", "upstream"));
  origin.handle(echo);
  CHECK_FALSE(get(proxy.port(), "/a").says("hit"));  // nor was it stored
}

TEST_CASE("a client of HTTP/1.0 sees a reset where the answer breaks off") {
  // Without a length its end would be the answer's end (R7).
  ScriptedOrigin origin;
  origin.handle([](const OriginRequest&) {
    return Script{}
        .send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n")
        .hold("break")
        .close();
  });
  const auto caching = GENERATE(Caching::Off, Caching::On);
  const config::Config config = config_for(origin, caching);
  Proxy proxy{config};
  HttpClient client{proxy.port()};
  REQUIRE(client.send("GET /a HTTP/1.0\r\nHost: a\r\n\r\n"));
  Response response = client.read_head();
  client.read_body(response, 4);
  origin.release("break");
  client.read_rest(response);
  CHECK(response.end == End::Cut);
}

TEST_CASE("an early answer to an upload") {
  ScriptedOrigin origin;
  origin.next_connection(
      Script{}.read_head().send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"));
  config::Config config = one_worker(pass_config(origin));
  config.limits.body_timeout = 1h;
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\nbegin"));
  const Response response = client.read();
  CHECK(response.status == 403);
  CHECK(response.body == "no");
  SECTION("ends the connection of a client that waits") {
    CHECK(client.ended());
    CHECK(has(log.line(1), "outcome", "bypass"));
  }
  SECTION("ends the connection of a client that goes on") {
    const std::string more(65536, 'x');
    CHECK(eventually([&] { return !client.send(more); }));
  }
  // The origin's connection, where a request is half sent, is not used again.
  CHECK(get(proxy.port(), "/b").status == 200);
  CHECK(origin.connections() == 2);
}

TEST_CASE("an origin that dies under an upload that pauses") {
  ScriptedOrigin origin;
  origin.next_connection(Script{}.read_head().reset());
  config::Config config = pass_config(origin);
  config.limits.body_timeout = 1h;
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nbegin"));
  CHECK(client.read().status == 502);
  CHECK(client.ended());
}

TEST_CASE("an early answer does not stop an upload that the client finishes at once") {
  ScriptedOrigin origin;
  const std::string body(200'000, 'x');
  origin.next_connection(Script{}.read_head().send(kOk).read_body());
  Proxy proxy{pass_config(origin)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send({"POST", "/a", {}, body}));
  CHECK(client.read().body == "ok");
}

TEST_CASE("a pooled connection that dies under a request") {
  ScriptedOrigin origin;
  // Answers once, reads the next request, and dies.
  origin.next_connection(Script{}.read_request().send(kOk).read_head().reset());
  const auto caching = GENERATE(Caching::Off, Caching::On);
  config::Config config = one_worker(config_for(origin, caching));
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  REQUIRE(client.get("/first").body == "ok");
  SECTION("GET is asked again, once, and nobody notices") {
    const Response response = client.get("/again");
    CHECK(response.status == 200);
    CHECK(response.body == "GET /again #3");
    CHECK(origin.requests("/again") == 2);
  }
  SECTION("POST is not") {
    const Response response = client.ask({"POST", "/again", {}, "body"});
    CHECK(response.status == 502);
    CHECK(origin.requests("/again") == 1);
    CHECK(get(proxy.port(), "/next").status == 200);
  }
}

TEST_CASE("a pooled connection that the origin has closed is not used") {
  ScriptedOrigin origin;
  origin.next_connection(Script{}.read_request().send(kOk).close());
  Proxy proxy{one_worker(pass_config(origin))};
  HttpClient client{proxy.port()};
  REQUIRE(client.get("/first").body == "ok");
  REQUIRE(origin.wait_all_ended());
  CHECK(client.ask({"POST", "/a", {}, "body"}).status == 200);  // POST, which is never sent twice
  CHECK(origin.connections() == 2);
}

TEST_CASE("bytes that nobody asked for never reach another request (FM-24)") {
  ScriptedOrigin origin;
  const std::string evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
  SECTION("behind an answer, at once") {
    origin.next_connection(Script{}.read_request().send(kOk + evil).await_end());
  }
  SECTION("behind an answer, later") {
    origin.next_connection(Script{}.read_request().send(kOk).hold("x").send(evil).await_end());
  }
  SECTION("behind an answer to HEAD") {
    origin.next_connection(Script{}
                               .read_request()
                               .send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
                               .await_end());
  }
  SECTION("behind a 204") {
    origin.next_connection(
        Script{}.read_request().send("HTTP/1.1 204 No Content\r\n\r\n" + evil).await_end());
  }
  Proxy proxy{one_worker(pass_config(origin))};
  HttpClient client{proxy.port()};
  const Response first = client.ask({"HEAD", "/first", {}, {}});
  CHECK(first.status / 100 == 2);
  origin.release("x");
  REQUIRE(origin.wait_all_ended());  // the proxy hangs up
  for (int i = 0; i < 3; ++i) {
    const Response next = client.get("/next");
    CHECK(next.status == 200);
    CHECK(next.body.starts_with("GET /next"));
  }
}

TEST_CASE("servers of an upstream take turns") {
  ScriptedOrigin one;
  ScriptedOrigin two;
  ScriptedOrigin three;
  config::Config config = one_worker(pass_config(one));
  upstream_of(config).servers = {one.server(), two.server(), three.server()};
  SECTION("all of them") {
    Proxy proxy{std::move(config)};
    HttpClient client{proxy.port()};
    for (int i = 0; i < 9; ++i) REQUIRE(client.get("/a").whole());
    CHECK(one.requests() == 3);
    CHECK(two.requests() == 3);
    CHECK(three.requests() == 3);
    CHECK(one.connections() == 1);
  }
  SECTION("but for the one that is down") {
    two.refuse_connections();
    Proxy proxy{std::move(config)};
    HttpClient client{proxy.port()};
    for (int i = 0; i < 10; ++i) REQUIRE(client.get("/a").status == 200);
    CHECK(one.requests() + three.requests() == 10);
    CHECK(std::min(one.requests(), three.requests()) >= 3);
  }
}

TEST_CASE("unix sockets on both sides") {
  const TempDir directory;
  ScriptedOrigin origin{config::Address{{}, 0, directory.path("origin.sock")}, echo};
  config::Config config = pass_config(origin);
  config.listen.front().address = {{}, 0, directory.path("proxy.sock")};
  const config::Address address = config.listen.front().address;
  {
    Proxy proxy{std::move(config)};
    for (unsigned i = 1; i <= 4; ++i) {
      const RawSocket socket = connect_to(address);
      REQUIRE(socket.write("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
      CHECK(read_to_end(socket).ends_with("GET /a #" + std::to_string(i)));
    }
    const OriginRequest seen = origin.seen().back();
    CHECK(seen.field("X-Forwarded-For").empty());
    CHECK(seen.field("Forwarded") == "for=unknown;host=a;proto=http");
  }
  CHECK_FALSE(std::filesystem::exists(address.unix_path));
}

TEST_CASE("IPv6 on both sides") {
  ScriptedOrigin origin{config::Address{"::1", 0, {}}, echo};
  config::Config config = pass_config(origin);
  config.listen.front().address = {"::1", 0, {}};
  Proxy proxy{std::move(config)};
  const RawSocket socket = connect_to({"::1", proxy.port(), {}});
  REQUIRE(socket.write("GET /a HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n"));
  CHECK(read_to_end(socket).ends_with("GET /a #1"));
  const OriginRequest seen = origin.seen().back();
  CHECK(seen.field("Host") == "[::1]");
  CHECK(seen.field("X-Forwarded-For") == "::1");
  CHECK(seen.field("Forwarded") == "for=\"[::1]\";host=\"[::1]\";proto=http");
}

TEST_CASE("an origin by its name") {
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  upstream_of(config).servers.front().address.host = "localhost";
  Proxy proxy{std::move(config)};
  CHECK(get(proxy.port(), "/a").status == 200);
}

TEST_CASE("a client that leaves in the middle of its upload") {
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345"));
  REQUIRE(origin.wait_requests(1));
  client.reset();
  CHECK(origin.wait_all_ended());
  CHECK(origin.seen().empty());
  CHECK(has(log.line(1), "outcome", "client-gone"));
  CHECK(has(log.line(1), "side", "client"));
}

TEST_CASE("a client that leaves in the middle of its download") {
  ScriptedOrigin origin{[](const OriginRequest&) {
    return Script{}
        .send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        .send_times(std::string(1U << 20U, 'x'), 1000)
        .await_end();
  }};
  config::Config config = pass_config(origin);
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send({"GET", "/a", {}, {}}));
  Response response = client.read_head();
  client.read_body(response, 100'000);
  client.reset();
  CHECK(origin.wait_all_ended());
  CHECK(has(log.line(1), "outcome", "client-gone"));
  CHECK(has(log.line(1), "side", "client"));
}

}  // namespace wf::test
