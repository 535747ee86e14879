// An origin that is down, slow, or breaks off: told as it is, and never stored.

#include <catch2/catch.hpp>

#include "tests/support/black_hole.hpp"
#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

constexpr std::size_t kBody = 300'000;

/// A body that breaks off at the gate the first time, and comes whole afterwards.
Handler breaking_off(bool chunked) {
  return [chunked](const OriginRequest& request) {
    const std::string body = pattern(kBody, request.serial);
    if (request.serial > 1) return reply(request, {200, {}, body});
    std::string head = "HTTP/1.1 200 OK\r\nX-Serial: 1\r\n";
    head += chunked ? "Transfer-Encoding: chunked\r\n\r\n493e0\r\n"  // kBody
                    : "Content-Length: " + std::to_string(kBody) + "\r\n\r\n";
    return Script{}.send(head + body.substr(0, kBody / 2)).hold("break").reset();
  };
}

}  // namespace

TEST_CASE("an origin that is down: 502, with a body that says whose fault it is") {
  ScriptedOrigin origin;
  Proxy proxy{config_for(origin)};
  origin.refuse_connections();
  HttpClient client{proxy.port()};
  const Response refused = client.get("/a");
  REQUIRE(refused.whole());
  CHECK(refused.status == 502);
  CHECK(refused.field("Content-Type") == "application/json");
  CHECK(refused.field("Cache-Control") == "no-store");
  CHECK(refused.has("Cache-Status"));
  CHECK(client.ask({"POST", "/a", {}, "x"}).status == 502);
}

TEST_CASE("an origin that is slow: 504 at response_timeout (FM-21)") {
  ScriptedOrigin origin{answering_after("never", {})};
  config::Config config = config_for(origin);
  config.upstreams["origin"].response_timeout = 300ms;
  Proxy proxy{config};
  const auto asked = std::chrono::steady_clock::now();
  const Response late = get(proxy.port(), "/a");
  const auto took = std::chrono::steady_clock::now() - asked;
  CHECK(late.whole());
  CHECK(late.status == 504);
  CHECK(took >= 300ms);
  CHECK(took < 5s);
}

TEST_CASE("an origin that does not accept: 504 at connect_timeout") {
  const BlackHole hole;
  ScriptedOrigin origin;
  config::Config config = config_for(origin);
  config.upstreams["origin"].servers = {config::Server{hole.address()}};
  config.upstreams["origin"].connect_timeout = 300ms;
  Proxy proxy{config};
  const Response response = get(proxy.port(), "/a");
  CHECK(response.whole());
  CHECK(response.status == 504);
}

TEST_CASE("a body that breaks off: clients see a cut, followers too, nothing is stored (FM-23)") {
  const bool chunked = GENERATE(false, true);
  RedisServer redis;
  ScriptedOrigin origin{breaking_off(chunked)};
  Proxy proxy{config_for(origin, redis)};
  Crowd crowd{{proxy.port()}, 3};
  crowd.send({"GET", "/a", {}, {}});
  REQUIRE(origin.wait_held("break"));
  REQUIRE(eventually([&] { return proxy.waiting("/a") == 3; }));
  origin.release("break");
  for (const Response& response : crowd.read()) {
    CHECK(response.status == 200);
    CHECK(response.end == End::Cut);
    CHECK(response.body.size() < kBody);
  }
  const Response again = get(proxy.port(), "/a");
  CHECK(again.whole());
  CHECK(again.serial() > 1);
  CHECK((again.body == pattern(kBody, again.serial())));
  proxy.restart();
  CHECK(get(proxy.port(), "/a").serial() > 1);
}

TEST_CASE("a body larger than may be stored passes through whole") {
  constexpr std::size_t kHuge = std::size_t{3} << 20U;
  const bool chunked = GENERATE(false, true);
  ScriptedOrigin origin{[&](const OriginRequest& request) {
    const std::string body = pattern(kHuge, request.serial);
    if (!chunked) return reply(request, {200, {}, body});
    std::string text = "HTTP/1.1 200 OK\r\nX-Serial: " + std::to_string(request.serial) +
                       "\r\nTransfer-Encoding: chunked\r\n\r\n300000\r\n";
    return Script{}.send(text + body + "\r\n0\r\n\r\n");
  }};
  RedisServer redis;
  config::Config config = config_for(origin, redis);
  config.store.max_object_size = 256_KiB;
  Proxy proxy{config};
  for (unsigned serial = 1; serial <= 3; ++serial) {
    const Response response = get(proxy.port(), "/huge");
    CHECK(response.whole());
    CHECK((response.body == pattern(kHuge, serial)));
  }
}

TEST_CASE("who follows a body that turns out too large still gets all of it") {
  constexpr std::size_t kHuge = std::size_t{3} << 20U;
  ScriptedOrigin origin{[&](const OriginRequest& request) {
    return Script{}
        .send("HTTP/1.1 200 OK\r\nX-Serial: " + std::to_string(request.serial) +
              "\r\nTransfer-Encoding: chunked\r\n\r\n")
        .hold("go")
        .send("300000\r\n" + pattern(kHuge, request.serial) + "\r\n0\r\n\r\n");
  }};
  config::Config config = config_for(origin);
  config.store.max_object_size = 256_KiB;
  Proxy proxy{config};
  Crowd crowd{{proxy.port()}, 4};
  crowd.send({"GET", "/huge", {}, {}});
  REQUIRE(eventually([&] { return proxy.waiting("/huge") == 4; }));
  origin.release("go");
  const std::vector<Response> responses = crowd.read();
  CHECK(whole(responses) == 4);
  CHECK((bodies(responses) == std::set<std::string>{pattern(kHuge, 1)}));
}

}  // namespace wf::test
