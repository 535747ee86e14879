// What is stored is served: from memory, from Redis, after a restart, by another proxy.

#include <catch2/catch.hpp>

#include "proxy/server/shared.hpp"
#include "tests/walk/http_client.hpp"
#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

TEST_CASE("a miss, then a hit from memory with its age") {
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

TEST_CASE("the age that the origin states is counted on") {
  ScriptedOrigin origin{answering({{"Cache-Control", "max-age=100"}, {"Age", "30"}})};
  FakeClock clock;
  Proxy proxy{config_for(origin), clock};
  HttpClient client{proxy.port()};
  CHECK(client.get("/a").field("Age") == "30");
  clock.advance(69s);
  CHECK(client.get("/a").field("Age") == "99");
  REQUIRE(eventually([&] { return proxy.fills() == 0; }));
  clock.advance(1s);
  const Response expired = client.get("/a");
  CHECK(expired.serial() == 2);
  CHECK(expired.says("fwd=stale"));
}

TEST_CASE("a restarted proxy answers from Redis, then from memory") {
  RedisServer redis;
  ScriptedOrigin origin;
  Proxy proxy{config_for(origin, redis)};
  CHECK(get(proxy.port(), "/a").serial() == 1);
  proxy.restart();

  const Response from_redis = get(proxy.port(), "/a");
  CHECK(from_redis.body == "GET /a #1");
  CHECK(from_redis.says("hit"));
  CHECK(from_redis.says("detail=redis"));
  CHECK(get(proxy.port(), "/a").says("detail=memory"));
  CHECK(origin.requests() == 1);
}

TEST_CASE("two proxies share what either has fetched, and its age") {
  RedisServer redis;
  ScriptedOrigin origin;
  FakeClock clock;
  Proxy a{config_for(origin, redis), clock};
  Proxy b{config_for(origin, redis), clock};
  CHECK(get(a.port(), "/a").serial() == 1);
  CHECK(get(b.port(), "/b").serial() == 2);
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/a") && Proxy::in_redis(redis, "/b"); }));

  clock.advance(20s);
  const Response shared = get(b.port(), "/a");
  CHECK(shared.says("detail=redis"));
  CHECK(shared.body == "GET /a #1");
  // The clocks of the two were set by Redis' a moment apart.
  const std::string_view age = shared.field("Age");
  CHECK((age == "19" || age == "20" || age == "21"));
  CHECK(get(a.port(), "/b").says("hit"));
  CHECK(origin.requests() == 2);
}

TEST_CASE("HEAD is answered from a stored GET") {
  ScriptedOrigin origin;
  Proxy proxy{config_for(origin)};
  HttpClient client{proxy.port()};
  const Response got = client.get("/a");
  const Response head = client.ask({"HEAD", "/a", {}, {}});
  CHECK(head.status == 200);
  CHECK(head.says("hit"));
  CHECK(head.field("Content-Length") == std::to_string(got.body.size()));
  CHECK(head.body.empty());
  // Nothing of a body is left on the connection.
  CHECK(client.get("/a").body == got.body);
  CHECK(origin.requests() == 1);
}

TEST_CASE("memory admits an answer at the second request where the route says so") {
  RedisServer redis;
  ScriptedOrigin origin{echo};
  config::Config config = config_for(origin, redis);
  cache_of(config).memory.admit = config::Admit::Second;
  cache_of(config).memory.share = config::Share{2_MiB, 0};
  Proxy proxy{std::move(config)};
  CHECK(get(proxy.port(), "/a").says("fwd=uri-miss"));
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/a"); }));
  CHECK(proxy.shared().memory.stats().entries == 0);
  CHECK(get(proxy.port(), "/a").says("detail=redis"));
  CHECK(get(proxy.port(), "/a").says("detail=memory"));
  CHECK(proxy.shared().memory.parts().at(0).stats.entries == 1);
  CHECK(origin.requests() == 1);
}

TEST_CASE("a condition of the client is judged by what is stored") {
  RedisServer redis;
  ScriptedOrigin origin{answering({{"ETag", "\"v1\""}})};
  Proxy proxy{config_for(origin, redis)};
  CHECK(get(proxy.port(), "/a").status == 200);
  for (const std::string tier : {"memory", "redis"}) {
    INFO(tier);
    if (tier == "redis") proxy.restart();
    HttpClient client{proxy.port()};
    const Response same = client.get("/a", {{"If-None-Match", "\"v0\", W/\"v1\""}});
    CHECK(same.status == 304);
    CHECK(same.says("detail=" + tier));
    CHECK(same.field("ETag") == "\"v1\"");
    CHECK_FALSE(same.has("Content-Length"));
    const Response other = client.get("/a", {{"If-None-Match", "\"v2\""}});
    CHECK(other.status == 200);
    CHECK(other.body == "GET /a #1");
  }
  CHECK(origin.requests() == 1);
}

TEST_CASE("ranges are served from a whole record") {
  RedisServer redis;
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200, {{"ETag", "\"v1\""}}, pattern(10'000, 1)});
  }};
  Proxy proxy{config_for(origin, redis)};
  const std::string body = get(proxy.port(), "/a").body;
  REQUIRE(body.size() == 10'000);
  for (const std::string tier : {"memory", "redis"}) {
    INFO(tier);
    if (tier == "redis") proxy.restart();
    HttpClient client{proxy.port()};
    const Response one = client.get("/a", {{"Range", "bytes=100-199"}});
    CHECK(one.status == 206);
    CHECK(one.says("detail=" + tier));
    CHECK(one.field("Content-Range") == "bytes 100-199/10000");
    CHECK(one.body == body.substr(100, 100));
    const Response tail = client.get("/a", {{"Range", "bytes=-50"}});
    CHECK(tail.body == body.substr(9950));
    const Response two = client.get("/a", {{"Range", "bytes=0-9,9990-"}});
    CHECK(two.status == 206);
    CHECK(two.field("Content-Type").starts_with("multipart/byteranges; boundary="));
    CHECK(two.body.find("Content-Range: bytes 0-9/10000\r\n\r\n" + body.substr(0, 10)) !=
          std::string::npos);
    CHECK(two.body.find("Content-Range: bytes 9990-9999/10000\r\n\r\n" + body.substr(9990)) !=
          std::string::npos);
    CHECK(client.get("/a", {{"Range", "bytes=10000-"}}).status == 416);
    const Response changed = client.get("/a", {{"Range", "bytes=0-9"}, {"If-Range", "\"v0\""}});
    CHECK(changed.status == 200);
    CHECK(changed.body == body);
  }
  CHECK(origin.requests() == 1);
}

}  // namespace wf::test
