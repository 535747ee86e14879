// A write is followed by fresh answers, in every proxy (design §7).

#include <catch2/catch.hpp>

#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

struct Fleet {
  Fleet() = default;
  explicit Fleet(Handler handler) : origin(std::move(handler)) {}

  /// A write through `a`; when it returns `b` knows of it too, and nobody looks whether it does.
  Response write(const ClientRequest& request) const { return ask(a.port(), request); }

  RedisServer redis;
  ScriptedOrigin origin;
  Proxy a{with_routes()};
  Proxy b{with_routes()};

 private:
  config::Config with_routes() {
    config::Config config = config_for(origin, redis);
    add_route(config, "stats", "/users/{user_id}/stats").cache->ttl = 60s;
    config::Route& items = add_route(config, "items", "/users/{user_id}/items");
    items.cache->ttl = 60s;
    items.invalidate.paths = {"/users/{user_id}/stats"};
    return config;
  }
};

ClientRequest put(std::string target) { return {"PUT", std::move(target), {}, "new"}; }

}  // namespace

TEST_CASE("PUT through one proxy, then GET through the other") {
  Fleet fleet;
  CHECK(get(fleet.a.port(), "/x").serial() == 1);
  REQUIRE(eventually([&] { return Proxy::in_redis(fleet.redis, "/x"); }));
  CHECK(get(fleet.b.port(), "/x").says("detail=redis"));
  CHECK(get(fleet.b.port(), "/x").says("detail=memory"));

  const Response written = fleet.write(put("/x"));
  CHECK(written.status == 200);
  CHECK_FALSE(written.has("Warmfront-Invalidation"));

  const Response anew = get(fleet.b.port(), "/x");
  CHECK(anew.serial() == 3);
  CHECK(anew.says("fwd=uri-miss"));
  CHECK(get(fleet.a.port(), "/x").serial() == 3);
  CHECK(get(fleet.b.port(), "/x").says("hit"));
}

TEST_CASE("a write that fails invalidates nothing; neither does another target's") {
  Fleet fleet{[](const OriginRequest& request) {
    if (request.method == "GET") return echo(request);
    return reply(request, {request.path() == "/x" ? 409U : 204U, {}, {}});
  }};
  CHECK(get(fleet.a.port(), "/x").serial() == 1);
  CHECK(ask(fleet.a.port(), put("/x")).status == 409);
  CHECK(fleet.write(put("/y")).status == 204);
  CHECK(get(fleet.a.port(), "/x").serial() == 1);
}

TEST_CASE("what a write's Location names is invalid too") {
  Fleet fleet{[](const OriginRequest& request) {
    if (request.method == "GET") return echo(request);
    return reply(request, {201, {{"Location", "/x/7"}}, {}});
  }};
  CHECK(get(fleet.b.port(), "/x/7").serial() == 1);
  CHECK(get(fleet.b.port(), "/x/8").serial() == 2);
  CHECK(fleet.write({"POST", "/x", {}, "new"}).status == 201);
  CHECK(get(fleet.b.port(), "/x/7").serial() == 4);
  CHECK(get(fleet.b.port(), "/x/8").serial() == 2);
}

TEST_CASE("a route's paths are invalid with every query, for the parameters of the write alone") {
  Fleet fleet;
  const std::vector<std::string> targets{"/users/7/stats", "/users/7/stats?x=1",
                                         "/users/7/stats?x=2", "/users/8/stats?x=1"};
  for (const std::string& target : targets) CHECK(get(fleet.b.port(), target).status == 200);
  CHECK(fleet.write({"POST", "/users/7/items", {}, "new"}).status == 200);
  CHECK(get(fleet.b.port(), "/users/8/stats?x=1").says("hit"));
  for (std::size_t i = 0; i < 3; ++i) {
    INFO(targets[i]);
    CHECK(get(fleet.b.port(), targets[i]).says("fwd=uri-miss"));
  }
}

TEST_CASE("a purge reaches all variants") {
  Fleet fleet{[](const OriginRequest& request) {
    return reply(request, {200, {{"Vary", "X-Kind"}}, std::string{request.field("X-Kind")}});
  }};
  const OwnedFields x{{"X-Kind", "x"}};
  const OwnedFields y{{"X-Kind", "y"}};
  CHECK(get(fleet.a.port(), "/v", x).serial() == 1);
  CHECK(get(fleet.a.port(), "/v", y).serial() == 2);
  fleet.write(put("/v"));
  for (const std::uint16_t port : {fleet.a.port(), fleet.b.port()}) {
    CHECK(get(port, "/v", x).serial() > 3);
    CHECK(get(port, "/v", y).serial() > 3);
  }
}

TEST_CASE("a fill in flight at the time of a write leaves no old record, and nobody joins it") {
  Fleet fleet{[](const OriginRequest& request) {
    return request.serial == 1 ? answering_after("old", {})(request) : echo(request);
  }};
  HttpClient early{fleet.a.port()};
  early.send(ClientRequest{"GET", "/x", {}, {}});
  REQUIRE(fleet.origin.wait_held("old"));
  CHECK(fleet.write(put("/x")).serial() == 2);

  // The old fill still runs, and holds the fleet lock: whoever asks now does not wait for it.
  const Response in_other = get(fleet.b.port(), "/x");
  CHECK(in_other.serial() == 3);
  const Response in_same = get(fleet.a.port(), "/x");
  CHECK(in_same.serial() >= 3);

  fleet.origin.release("old");
  CHECK(early.read().serial() == 1);
  REQUIRE(eventually([&] { return fleet.a.fills() == 0; }));
  CHECK(get(fleet.a.port(), "/x").serial() == in_same.serial());
  CHECK(get(fleet.b.port(), "/x").serial() >= 3);
  fleet.a.restart();
  CHECK(get(fleet.a.port(), "/x").serial() >= 3);
}

TEST_CASE("a 304 does not revive what was purged while it was asked for") {
  Fleet fleet{[](const OriginRequest& request) {
    Answer answer{200, {{"ETag", "\"v1\""}, {"Cache-Control", "max-age=60"}}, "old"};
    if (request.method == "PUT") return reply(request, {204, {}, {}});
    if (request.serial == 1) return reply(request, answer);
    if (request.serial > 2) return reply(request, {200, {{"ETag", "\"v2\""}}, "new"});
    answer.status = 304;
    return Script{}.hold("validating").send(to_text(answer, request.serial));
  }};
  CHECK(get(fleet.a.port(), "/x").body == "old");
  REQUIRE(eventually([&] { return fleet.a.fills() == 0; }));
  HttpClient early{fleet.a.port()};
  early.send(ClientRequest{"GET", "/x", {{"Cache-Control", "max-age=0"}}, {}});
  REQUIRE(fleet.origin.wait_held("validating"));
  CHECK(fleet.write(put("/x")).status == 204);
  fleet.origin.release("validating");
  CHECK(early.read().status == 200);
  REQUIRE(eventually([&] { return fleet.a.fills() == 0; }));
  CHECK(get(fleet.a.port(), "/x").body == "new");
  CHECK(get(fleet.b.port(), "/x").body == "new");
}

TEST_CASE("without Redis a write is known at once to the one proxy there is") {
  ScriptedOrigin origin;
  Proxy proxy{config_for(origin)};
  HttpClient client{proxy.port()};
  CHECK(client.get("/x").serial() == 1);
  CHECK(client.ask(put("/x")).serial() == 2);
  CHECK(client.get("/x").serial() == 3);
}

}  // namespace wf::test
