// What comes before, or instead of, a final answer: 100-continue, other 1xx, and Upgrade
// (RFC 9110 §10.1.1, §15.2, §7.8).

#include <catch2/catch.hpp>

#include "tests/walk/http_support.hpp"

namespace wf::test {

namespace {

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

const OwnedFields kExpect{{"Expect", "100-continue"}, {"Content-Length", "4"}};

config::Config upgrade_config(const ScriptedOrigin& origin) {
  config::Config config = pass_config(origin);
  config::Route& ws = add_route(config, "ws", "/ws");
  ws.cache.reset();
  ws.upgrade = true;
  return config;
}

const OwnedFields kUpgrade{{"Connection", "Upgrade"},
                           {"Upgrade", "websocket"},
                           {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};

constexpr const char* kSwitching =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Accept: x\r\n\r\n";

std::string read_bytes(const HttpClient& client, std::size_t size) {
  const RawSocket socket{::dup(client.fd())};
  std::string bytes;
  while (bytes.size() < size && socket.read_some(bytes)) {
  }
  return bytes;
}

}  // namespace

TEST_CASE("Expect: 100-continue is met by us, once") {
  ScriptedOrigin origin;
  Proxy proxy{pass_config(origin)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send({"POST", "/a", kExpect, {}}));
  REQUIRE(origin.wait_requests(1));
  REQUIRE(eventually([&] { return client.readable(); }));  // our 100, before any body
  REQUIRE(client.send("body"));
  const Response response = client.read();
  CHECK(response.interim == std::vector<unsigned>{100});
  CHECK(response.status == 200);
  CHECK(origin.seen().front().body == "body");
  CHECK(origin.seen().front().field("Expect").empty());
  CHECK(client.get("/next").whole());
}

TEST_CASE("Expect: 100-continue where the origin says 100 as well") {
  ScriptedOrigin origin;
  origin.next_connection(
      Script{}.read_head().send("HTTP/1.1 100 Continue\r\n\r\n").read_body().send(kOk));
  Proxy proxy{pass_config(origin)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send({"POST", "/a", kExpect, {}}));
  REQUIRE(client.send("body"));
  const Response response = client.read();
  CHECK(response.interim == std::vector<unsigned>{100});
  CHECK(response.body == "ok");
}

TEST_CASE("Expect: 100-continue where the origin answers without reading the body") {
  ScriptedOrigin origin;
  origin.next_connection(
      Script{}.read_head().send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"));
  config::Config config = pass_config(origin);
  config.limits.body_timeout = 1h;
  Proxy proxy{std::move(config)};
  const RawSocket socket = connect_to({"127.0.0.1", proxy.port(), {}});
  REQUIRE(socket.write(to_text({"POST", "/a", kExpect, {}})));
  // The body never comes: the answer does, and then the end, without waiting for it.
  const std::string all = read_to_end(socket);
  CHECK(count(all, "HTTP/1.1 ") == 2);
  CHECK(count(all, "HTTP/1.1 100") == 1);
  CHECK(all.ends_with("\r\n\r\nno"));
}

TEST_CASE("an expectation that nobody knows is refused") {
  ScriptedOrigin origin;
  Proxy proxy{pass_config(origin)};
  HttpClient client{proxy.port()};
  CHECK(client.ask({"POST", "/a", {{"Expect", "tea"}}, "body"}).status == 417);
  CHECK(client.ended());
  CHECK(origin.requests() == 0);
}

TEST_CASE("interim answers are passed on to who can read them") {
  ScriptedOrigin origin;
  origin.handle([](const OriginRequest& request) {
    Script script;
    script.send("HTTP/1.1 102 Processing\r\n\r\n");
    script.send(
        "HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\nConnection: x-hop\r\nx-hop: 1\r\n\r\n");
    return script.send(to_text(Answer{200, {}, "ok"}, request.serial));
  });
  Proxy proxy{pass_config(origin)};
  SECTION("to HTTP/1.1") {
    HttpClient client{proxy.port()};
    const Response response = client.get("/a");
    CHECK(response.interim == std::vector<unsigned>{102, 103});
    CHECK(response.body == "ok");
    CHECK(client.get("/b").interim.size() == 2);
  }
  SECTION("as they came, but for the hop's fields") {
    const std::string all =
        converse(proxy.port(), "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    CHECK(all.find("HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\n") != std::string::npos);
    CHECK(all.find("x-hop") == std::string::npos);
  }
  SECTION("not to HTTP/1.0") {
    const std::string all = converse(proxy.port(), "GET /a HTTP/1.0\r\nHost: a\r\n\r\n");
    CHECK(count(all, "HTTP/1.1 ") == 1);
    CHECK(all.starts_with("HTTP/1.1 200"));
  }
  SECTION("not out of the cache") {
    Proxy caching{config_for(origin)};
    HttpClient client{caching.port()};
    CHECK(client.get("/a").body == "ok");
    CHECK(client.get("/a").says("hit"));
  }
}

TEST_CASE("a flood of interim answers is a fault of the origin") {
  ScriptedOrigin origin;
  origin.handle([](const OriginRequest&) {
    return Script{}.send_times("HTTP/1.1 102 Processing\r\n\r\n", 1000).send(kOk);
  });
  const auto caching = GENERATE(Caching::Off, Caching::On);
  const config::Config config = config_for(origin, caching);
  Proxy proxy{config};
  HttpClient client{proxy.port()};
  const Response response = client.get("/a");
  CHECK(response.status == 502);
  CHECK(response.interim.size() <= 16);
}

TEST_CASE("101 to a request that did not ask for it is a fault of the origin") {
  ScriptedOrigin origin;
  origin.handle([](const OriginRequest&) { return Script{}.send(kSwitching).await_end(); });
  Proxy proxy{upgrade_config(origin)};
  CHECK(get(proxy.port(), "/ws").status == 502);
  SECTION("also where the asking was not passed on") {
    CHECK(get(proxy.port(), "/elsewhere", kUpgrade).status == 502);
  }
}

TEST_CASE("a tunnel carries what the origin sends, the early bytes too") {
  ScriptedOrigin origin;
  origin.next_connection(Script{}
                             .read_head()
                             .send(std::string{kSwitching} + "early;")
                             .hold("talk")
                             .send("and later")
                             .close());
  config::Config config = upgrade_config(origin);
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  const RawSocket socket = connect_to({"127.0.0.1", proxy.port(), {}});
  REQUIRE(socket.write(to_text({"GET", "/ws", kUpgrade, {}})));
  std::string down;
  while (!down.ends_with("early;") && socket.read_some(down)) {
  }
  CHECK(down.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  CHECK(down.find("Sec-WebSocket-Accept: x\r\n") != std::string::npos);
  CHECK(down.find("Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n") != std::string::npos);
  origin.release("talk");
  CHECK(read_to_end(socket) == "and later");
  socket.half_close();
  CHECK(has(log.line(1), "outcome", "tunnel"));
  CHECK(log.line(1).find("\"status\":101") != std::string::npos);
}

TEST_CASE("a tunnel echoes, and ends in each direction by itself") {
  ScriptedOrigin origin;
  // Reads the tunnel's bytes as one more request, which is as good as any protocol.
  origin.next_connection(Script{}
                             .read_head()
                             .send(kSwitching)
                             .read_request()
                             .send("echo: whole message\n")
                             .await_end());
  Proxy proxy{upgrade_config(origin)};
  HttpClient client{proxy.port()};
  const std::string frame = "FRAME x y\r\nContent-Length: 5\r\n\r\nbytes";
  REQUIRE(client.send(to_text({"GET", "/ws", kUpgrade, {}}) + frame.substr(0, 20)));
  CHECK(client.read_head().status == 101);
  REQUIRE(client.send(frame.substr(20)));
  CHECK(read_bytes(client, 20) == "echo: whole message\n");
  CHECK(origin.seen().back().method == "FRAME");
  CHECK(origin.seen().back().body == "bytes");
  client.half_close();
  CHECK(client.ended());
  CHECK(origin.wait_all_ended());
}

TEST_CASE("Upgrade stays here where the route does not allow it") {
  ScriptedOrigin origin;
  Proxy proxy{upgrade_config(origin)};
  HttpClient client{proxy.port()};
  CHECK(client.get("/elsewhere", kUpgrade).status == 200);
  CHECK(origin.seen().back().field("Upgrade").empty());
  CHECK(origin.seen().back().field("Connection").empty());
  SECTION("nor is h2c passed on anywhere") {
    const OwnedFields h2c{{"Connection", "Upgrade, HTTP2-Settings"},
                          {"Upgrade", "h2c"},
                          {"HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA"}};
    CHECK(client.get("/ws", h2c).status == 200);
    CHECK(origin.seen().back().field("Upgrade").empty());
    CHECK(origin.seen().back().field("HTTP2-Settings").empty());
  }
  SECTION("nor with a body, whose bytes must not enter the tunnel") {
    OwnedFields fields = kUpgrade;
    CHECK(client.ask({"POST", "/ws", fields, "body"}).status == 200);
    CHECK(origin.seen().back().field("Upgrade").empty());
    CHECK(origin.seen().back().body == "body");
  }
  SECTION("nor from HTTP/1.0") {
    const std::string all = converse(
        proxy.port(),
        "GET /ws HTTP/1.0\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
    CHECK(all.starts_with("HTTP/1.1 200"));
    CHECK(origin.seen().back().field("Upgrade").empty());
  }
}

TEST_CASE("an origin that declines to upgrade answers as usual") {
  ScriptedOrigin origin;
  Proxy proxy{upgrade_config(origin)};
  HttpClient client{proxy.port()};
  for (int i = 0; i < 2; ++i) {
    const Response response = client.get("/ws", kUpgrade);
    CHECK(response.status == 200);
    CHECK(response.whole());
  }
  CHECK(origin.seen().back().field("Upgrade") == "websocket");
  CHECK(origin.seen().back().field("Connection") == "Upgrade");
}

}  // namespace wf::test
