// What happens once per fleet, and what never waits: refreshes, revalidations, answers that cannot
// be shared, an origin that fails.

#include <catch2/catch.hpp>

#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

/// Two proxies that both have what the origin said first.
struct Fleet {
  explicit Fleet(config::Config config, const Clock& clock) : a(config, clock), b(config, clock) {}

  void warm(const RedisServer& redis, const std::string& target) {
    CHECK(get(a.port(), target).serial() == 1);
    REQUIRE(eventually([&] { return Proxy::in_redis(redis, target); }));
    CHECK(get(b.port(), target).serial() == 1);
    REQUIRE(quiet());
  }
  [[nodiscard]] bool quiet() {
    return eventually([&] { return a.fills() + b.fills() == 0; });
  }

  Proxy a;
  Proxy b;
};

/// The first at once, the others behind a gate.
Script later_held(const OriginRequest& request) {
  return request.serial == 1 ? echo(request) : answering_after("go", {})(request);
}

/// The same with a validator, and 304 for who has it.
Script later_validated(const OriginRequest& request) {
  Answer answer{200, {{"ETag", "\"v1\""}}, "body"};
  if (request.field("If-None-Match") != "\"v1\"") return reply(request, answer);
  return Script{}.hold("go").send("HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n");
}

}  // namespace

TEST_CASE("stale while revalidate: one refresh per fleet, and nobody waits for it", "[fleet]") {
  RedisServer redis;
  ScriptedOrigin origin{later_held};
  config::Config config = config_for(origin, redis);
  config.store.lock_wait = 30s;
  cache_of(config).stale_while_revalidate = 30s;
  FakeClock clock;
  Fleet fleet{config, clock};
  fleet.warm(redis, "/hot");
  clock.advance(61s);

  Crowd crowd{{fleet.a.port(), fleet.b.port()}, 40};
  crowd.send({"GET", "/hot", {}, {}});
  const std::vector<Response> stale = crowd.read();
  CHECK(whole(stale) == 40);
  CHECK(serials(stale) == std::set<unsigned>{1});
  REQUIRE(origin.wait_held("go"));
  origin.release("go");
  REQUIRE(fleet.quiet());
  CHECK(origin.requests() == 2);
  CHECK(get(fleet.a.port(), "/hot").serial() == 2);
  CHECK(get(fleet.b.port(), "/hot").serial() == 2);
  CHECK(origin.requests() == 2);
}

TEST_CASE("what has expired is revalidated once per fleet", "[fleet]") {
  RedisServer redis;
  ScriptedOrigin origin{later_validated};
  config::Config config = config_for(origin, redis);
  config.store.lock_wait = 30s;
  cache_of(config).grace = 10min;
  FakeClock clock;
  Fleet fleet{config, clock};
  fleet.warm(redis, "/a");
  clock.advance(61s);

  Crowd crowd{{fleet.a.port(), fleet.b.port()}, 40};
  crowd.send({"GET", "/a", {}, {}});
  REQUIRE(origin.wait_held("go"));
  REQUIRE(eventually([&] { return fleet.a.waiting("/a") + fleet.b.waiting("/a") == 40; }));
  origin.release("go");
  const std::vector<Response> responses = crowd.read();
  CHECK(whole(responses) == 40);
  CHECK(serials(responses) == std::set<unsigned>{1});
  CHECK(origin.requests() == 2);
}

TEST_CASE("what cannot be shared is known to the fleet: the second wave never queues", "[fleet]") {
  RedisServer redis;
  ScriptedOrigin origin{[](const OriginRequest& request) {
    const OwnedFields no_store{{"Cache-Control", "no-store"}};
    return request.serial == 1 ? answering(no_store)(request)
                               : answering_after("go", no_store)(request);
  }};
  FakeClock clock;
  Fleet fleet{config_for(origin, redis), clock};
  CHECK(get(fleet.a.port(), "/own").serial() == 1);
  REQUIRE(fleet.quiet());
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/own"); }));

  Crowd crowd{{fleet.a.port(), fleet.b.port()}, 60};
  crowd.send({"GET", "/own", {}, {}});
  // All of them are with the origin at the same time.
  CHECK(origin.wait_held("go", 60));
  origin.release("go");
  const std::vector<Response> responses = crowd.read();
  CHECK(whole(responses) == 60);
  CHECK(serials(responses).size() == 60);
}

TEST_CASE("an origin that fails is asked twice by a fleet, however many ask", "[fleet]") {
  RedisServer redis;
  ScriptedOrigin origin{[](const OriginRequest&) { return Script{}.hold("fail").close(); }};
  config::Config config = config_for(origin, redis);
  config.store.lock_wait = 30s;
  FakeClock clock;
  Fleet fleet{config, clock};
  Proxy third{config, clock};
  Crowd crowd{{fleet.a.port(), fleet.b.port(), third.port()}, 90};
  crowd.send({"GET", "/bad", {}, {}});
  REQUIRE(origin.wait_held("fail"));
  REQUIRE(eventually([&] {
    return fleet.a.waiting("/bad") + fleet.b.waiting("/bad") + third.waiting("/bad") == 90;
  }));
  CHECK(origin.requests("/bad") == 1);
  origin.release("fail");
  CHECK(whole(crowd.read(), 502) == 90);
  // The first, and one more try by whoever comes first.
  CHECK(origin.requests("/bad") == 2);
  // Its clock stands still, so only Redis can have let it go.
  Proxy late{config, clock};
  REQUIRE(eventually([&] { return redis.ask({"KEYS", "wf:*:f"}).elements().empty(); }));
  origin.handle(echo);
  CHECK(get(late.port(), "/bad").status == 200);
}

TEST_CASE("a proxy that has something stale serves it when the origin failed another", "[fleet]") {
  RedisServer redis;
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return request.serial == 1 ? echo(request) : Script{}.close();
  }};
  config::Config config = config_for(origin, redis);
  cache_of(config).stale_if_error = 10min;
  FakeClock clock;
  Fleet fleet{config, clock};
  fleet.warm(redis, "/a");
  clock.advance(61s);
  for (int n = 0; n < 20; ++n) {
    const Response stale = get(n % 2 == 0 ? fleet.a.port() : fleet.b.port(), "/a");
    CHECK(stale.serial() == 1);
    CHECK(stale.says("detail=stale-if-error"));
  }
  CHECK(origin.requests() < 20);
}

TEST_CASE("an origin that fails is spared for half a second, key by key", "[fleet]") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return request.target == "/bad" ? Script{}.close() : echo(request);
  }};
  FakeClock clock;
  Proxy proxy{config_for(origin), clock};
  CHECK(get(proxy.port(), "/bad").status == 502);
  const unsigned asked = origin.requests("/bad");
  for (int n = 0; n < 50; ++n) {
    const Response spared = get(proxy.port(), "/bad");
    CHECK(spared.status == 502);
    CHECK(spared.says("detail=failed-before"));
  }
  CHECK(origin.requests("/bad") == asked);
  CHECK(get(proxy.port(), "/good").status == 200);
  clock.advance(500ms);
  origin.handle(echo);
  CHECK(get(proxy.port(), "/bad").status == 200);
}

}  // namespace wf::test
