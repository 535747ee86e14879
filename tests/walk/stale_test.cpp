// Freshness ends: expiry, revalidation, and what may be served stale (RFC 9111 §4.2, RFC 5861).

#include <catch2/catch.hpp>

#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

/// 304 to who has the validator, with one field that has changed meanwhile.
Script validated(const OriginRequest& request) {
  Answer answer{200, {{"ETag", "\"v1\""}, {"X-Note", std::to_string(request.serial)}}, "body"};
  if (request.field("If-None-Match") == "\"v1\"") answer.status = 304;
  return reply(request, answer);
}

/// 200 once, and then 503.
Script failing_later(const OriginRequest& request) {
  return request.serial == 1 ? echo(request) : reply(request, {503, {}, "no"});
}

/// Moves the clock once nothing is under way: a fill that has just ended may still be joined.
void advance(FakeClock& clock, Proxy& proxy, Millis by) {
  REQUIRE(eventually([&] { return proxy.fills() == 0; }));
  clock.advance(by);
}

}  // namespace

TEST_CASE("what has expired is fetched anew") {
  ScriptedOrigin origin;
  FakeClock clock;
  Proxy proxy{config_for(origin), clock};
  HttpClient client{proxy.port()};
  CHECK(client.get("/a").serial() == 1);
  advance(clock, proxy, 59'999ms);
  CHECK(client.get("/a").says("hit"));
  advance(clock, proxy, 1ms);
  const Response anew = client.get("/a");
  CHECK(anew.serial() == 2);
  CHECK(anew.says("fwd=stale"));
  CHECK(client.get("/a").serial() == 2);
}

TEST_CASE("a 304 makes what is stored fresh again, here and in Redis") {
  RedisServer redis;
  ScriptedOrigin origin{validated};
  FakeClock clock;
  Proxy a{config_for(origin, redis), clock};
  CHECK(get(a.port(), "/a").status == 200);
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/a"); }));
  advance(clock, a, 61s);

  const Response revalidated = get(a.port(), "/a");
  CHECK(revalidated.status == 200);
  CHECK(revalidated.body == "body");
  CHECK(revalidated.says("fwd=stale"));
  CHECK(revalidated.says("fwd-status=304"));
  CHECK(revalidated.field("X-Note") == "2");
  CHECK(get(a.port(), "/a").says("hit"));
  REQUIRE(origin.seen().size() == 2);

  a.stop();  // everything is in Redis now
  Proxy b{config_for(origin, redis), clock};
  const Response shared = get(b.port(), "/a");
  CHECK(shared.body == "body");
  CHECK(shared.field("X-Note") == "2");
  CHECK(origin.requests() == 2);
}

TEST_CASE("a 200 to a conditional request replaces what is stored") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    const std::string tag = "\"v" + std::to_string(request.serial) + "\"";
    return reply(request, {200, {{"ETag", tag}}, tag});
  }};
  FakeClock clock;
  Proxy proxy{config_for(origin), clock};
  HttpClient client{proxy.port()};
  CHECK(client.get("/a").body == "\"v1\"");
  advance(clock, proxy, 61s);
  CHECK(client.get("/a").body == "\"v2\"");
  CHECK(origin.seen().back().field("If-None-Match") == "\"v1\"");
  CHECK(client.get("/a").body == "\"v2\"");
  CHECK(origin.requests() == 2);
}

TEST_CASE("stale while revalidate: everyone is served at once, the origin asked once") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return request.serial == 1 ? echo(request) : answering_after("refresh", {})(request);
  }};
  config::Config config = config_for(origin);
  cache_of(config).stale_while_revalidate = 30s;
  FakeClock clock;
  Proxy proxy{config, clock};
  CHECK(get(proxy.port(), "/a").serial() == 1);
  advance(clock, proxy, 61s);

  Crowd crowd{{proxy.port()}, 20};
  crowd.send({"GET", "/a", {}, {}});
  const std::vector<Response> stale = crowd.read();
  CHECK(whole(stale) == 20);
  CHECK(serials(stale) == std::set<unsigned>{1});
  CHECK(stale.front().says("hit"));
  CHECK(stale.front().says("ttl=-1"));
  REQUIRE(origin.wait_held("refresh"));
  CHECK(origin.requests() == 2);
  origin.release("refresh");
  REQUIRE(eventually([&] { return proxy.fills() == 0; }));
  CHECK(get(proxy.port(), "/a").serial() == 2);
  // Past the window nobody is served stale.
  advance(clock, proxy, 91s);
  CHECK(get(proxy.port(), "/a").serial() == 3);
}

namespace {

/// Two proxies, each with the first answer in its memory, and `after` later a crowd that asks both:
/// it is served, and the origin asked once for all.
void refreshed_once(const config::Config& config, RedisServer& redis, ScriptedOrigin& origin,
                    Seconds after) {
  FakeClock clock;
  Proxy a{config, clock};
  Proxy b{config, clock};
  CHECK(get(a.port(), "/a").serial() == 1);
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/a"); }));
  CHECK(get(b.port(), "/a").serial() == 1);
  advance(clock, a, after);

  Crowd crowd{{a.port(), b.port()}, 20};
  crowd.send({"GET", "/a", {}, {}});
  const std::vector<Response> answers = crowd.read();
  CHECK(whole(answers) == 20);
  CHECK(serials(answers) == std::set<unsigned>{1});
  CHECK(answers.front().says("hit"));
  REQUIRE(origin.wait_held("refresh"));
  CHECK(origin.requests() == 2);
  origin.release("refresh");
  REQUIRE(eventually([&] { return a.fills() == 0 && b.fills() == 0; }));
  CHECK(get(a.port(), "/a").serial() == 2);
  CHECK(get(b.port(), "/a").serial() == 2);
  CHECK(origin.requests() == 2);
}

}  // namespace

TEST_CASE("stale while revalidate: one refresh for the fleet") {
  RedisServer redis;
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return request.serial == 1 ? echo(request) : answering_after("refresh", {})(request);
  }};
  config::Config config = config_for(origin, redis);
  SECTION("where the route says so") { cache_of(config).stale_while_revalidate = 30s; }
  SECTION("where the origin says so") {
    origin.handle([](const OriginRequest& request) {
      const OwnedFields fields{{"Cache-Control", "max-age=60, stale-while-revalidate=30"}};
      return request.serial == 1 ? answering(fields)(request)
                                 : answering_after("refresh", fields)(request);
    });
  }
  refreshed_once(config, redis, origin, 61s);
}

TEST_CASE("early refresh: in the last part of the lifetime, once for the fleet") {
  RedisServer redis;
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return request.serial == 1 ? echo(request) : answering_after("refresh", {})(request);
  }};
  config::Config config = config_for(origin, redis);
  cache_of(config).early_refresh = 20;
  SECTION("not before it") {
    FakeClock clock;
    Proxy proxy{config, clock};
    CHECK(get(proxy.port(), "/a").serial() == 1);
    advance(clock, proxy, 40s);
    CHECK(get(proxy.port(), "/a").says("hit"));
    CHECK(proxy.fills() == 0);
  }
  SECTION("in it") { refreshed_once(config, redis, origin, 49s); }
}

TEST_CASE("stale if error: while the origin fails, within the window") {
  ScriptedOrigin origin{failing_later};
  config::Config config = config_for(origin);
  cache_of(config).stale_if_error = 10min;
  FakeClock clock;
  Proxy proxy{config, clock};
  HttpClient client{proxy.port()};
  CHECK(client.get("/a").serial() == 1);
  advance(clock, proxy, 61s);
  const Response stale = client.get("/a");
  CHECK(stale.status == 200);
  CHECK(stale.serial() == 1);
  CHECK(stale.says("detail=stale-if-error"));
  CHECK(stale.field("Age") == "61");
  CHECK(origin.requests() == 2);
  advance(clock, proxy, 10min);
  CHECK(client.get("/a").status == 503);
  CHECK(client.get("/never").status == 503);
}

TEST_CASE("stale if error: when the origin cannot be reached (FM-19)") {
  ScriptedOrigin origin;
  config::Config config = config_for(origin);
  cache_of(config).stale_if_error = 10min;
  FakeClock clock;
  Proxy proxy{config, clock};
  HttpClient client{proxy.port()};
  CHECK(client.get("/a").serial() == 1);
  advance(clock, proxy, 61s);
  origin.handle([](const OriginRequest&) { return Script{}.close(); });
  origin.refuse_connections();
  CHECK(client.get("/a").serial() == 1);
  CHECK(client.get("/b").status == 502);
  advance(clock, proxy, 10min);
  CHECK(client.get("/a").status == 502);
}

}  // namespace wf::test
