// When the head of a streamed answer leaves: with the first of its body, and never later.

#include <catch2/catch.hpp>

#include "tests/walk/http_client.hpp"
#include "tests/walk/proxy.hpp"

namespace wf::test {

namespace {

/// A head at once, the body only when the test says so.
Script body_later(const OriginRequest& request) {
  return Script{}
      .send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
      .hold(request.target)
      .send("late");
}

/// A head that promises a body, and then nothing.
Script no_body(const OriginRequest& request) {
  return Script{}.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n").hold(request.target).reset();
}

}  // namespace

TEST_CASE("a head does not wait for a body that is late") {
  ScriptedOrigin origin{body_later};
  auto config = config_for(origin);
  add_route(config, "passed", "/passed").cache.reset();
  Proxy proxy{std::move(config)};
  for (const char* target : {"/passed", "/cached"}) {
    CAPTURE(target);
    HttpClient client{proxy.port()};
    client.send({.target = target});
    Response response = client.read_head();
    CHECK(response.status == 200);
    CHECK_FALSE(client.readable());
    origin.release(target);
    client.read_rest(response);
    CHECK(response.whole());
    CHECK(response.body == "late");
  }
}

TEST_CASE("a body that breaks off before its first byte is no whole answer") {
  ScriptedOrigin origin{no_body};
  auto config = config_for(origin);
  add_route(config, "passed", "/passed").cache.reset();
  Proxy proxy{std::move(config)};
  for (const char* target : {"/passed", "/cached"}) {
    CAPTURE(target);
    HttpClient client{proxy.port()};
    client.send({.target = target});
    Response response = client.read_head();
    CHECK(response.status == 200);
    origin.release(target);
    client.read_rest(response);
    CHECK(response.end == End::Cut);
  }
}

}  // namespace wf::test
