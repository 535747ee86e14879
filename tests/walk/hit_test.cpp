// What is stored is served: from memory, from Redis, after a restart, by another proxy.

#include <catch2/catch.hpp>

#include "tests/walk/http_client.hpp"
#include "tests/walk/proxy.hpp"

namespace wf::test {

TEST_CASE("a miss, then a hit from memory") {
  ScriptedOrigin origin;
  FakeClock clock;
  Proxy proxy{config_for(origin), clock};
  HttpClient client{proxy.port()};

  const Response miss = client.get("/a");
  REQUIRE(miss.whole());
  CHECK(miss.status == 200);
  CHECK(miss.body == "GET /a #1");
  CHECK(miss.says("fwd=uri-miss"));
  CHECK(miss.says("stored"));
  CHECK_FALSE(miss.has("Age"));

  clock.advance(7s);
  const Response hit = client.get("/a");
  REQUIRE(hit.whole());
  CHECK(hit.body == "GET /a #1");
  CHECK(hit.field("Age") == "7");
  CHECK(hit.field("Cache-Status") == "warmfront; hit; ttl=53; detail=memory");
  CHECK(origin.requests() == 1);
}

}  // namespace wf::test
