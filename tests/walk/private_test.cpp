// What cannot be shared: remembered, so that nobody queues for it (design §6, hit-for-miss).

#include <catch2/catch.hpp>

#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

constexpr unsigned kCrowd = 50;

/// The first answer waits at "first", the next 49 at "rest", and those after them at "second".
Handler private_in_waves(OwnedFields fields) {
  return [fields = std::move(fields)](const OriginRequest& request) {
    const char* gate = request.serial == 1 ? "first" : request.serial <= kCrowd ? "rest" : "second";
    return answering_after(gate, fields)(request);
  };
}

}  // namespace

TEST_CASE("answers that are not shared: everyone gets an own one, and nobody queues", "[private]") {
  const OwnedFields fields =
      GENERATE(OwnedFields{{"Set-Cookie", "id=1"}}, OwnedFields{{"Cache-Control", "no-store"}},
               OwnedFields{{"Cache-Control", "private"}});
  INFO(fields.front().name << ": " << fields.front().value);
  RedisServer redis;
  ScriptedOrigin origin{private_in_waves(fields)};
  Proxy a{config_for(origin, redis)};
  Crowd first{{a.port()}, kCrowd};
  first.send({"GET", "/p", {}, {}});
  REQUIRE(origin.wait_held("first"));
  REQUIRE(eventually([&] { return a.waiting("/p") == kCrowd; }));
  origin.release("first");
  // All who had waited are at the origin at the same time.
  REQUIRE(origin.wait_held("rest", kCrowd - 1));
  origin.release("rest");
  const std::vector<Response> responses = first.read();
  CHECK(whole(responses) == kCrowd);
  CHECK(serials(responses).size() == kCrowd);
  CHECK(origin.requests() == kCrowd);

  // So is the second wave, also in a proxy that was told by Redis.
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/p"); }));
  Proxy b{config_for(origin, redis)};
  Crowd second{{a.port(), b.port()}, kCrowd};
  second.send({"GET", "/p", {}, {}});
  REQUIRE(origin.wait_held("second", kCrowd));
  origin.release("second");
  const std::vector<Response> later = second.read();
  CHECK(whole(later) == kCrowd);
  CHECK(serials(later).size() == kCrowd);
}

TEST_CASE("a resource that becomes cacheable is stored again", "[private]") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    if (request.serial == 1) return answering({{"Cache-Control", "no-store"}})(request);
    return echo(request);
  }};
  FakeClock clock;
  Proxy proxy{config_for(origin), clock};
  HttpClient client{proxy.port()};
  CHECK(client.get("/p").serial() == 1);
  CHECK(client.get("/p").serial() == 2);
  REQUIRE(eventually([&] { return proxy.fills() == 0; }));
  CHECK(client.get("/p").says("hit"));
}

TEST_CASE("a resource that becomes cacheable is stored for the fleet", "[private]") {
  RedisServer redis;
  ScriptedOrigin origin{[](const OriginRequest& request) {
    if (request.serial <= 2) return answering({{"Cache-Control", "no-store"}})(request);
    return echo(request);
  }};
  Proxy a{config_for(origin, redis)};
  HttpClient client{a.port()};
  CHECK(client.get("/p").says("detail=no-store"));
  REQUIRE(eventually([&] { return a.fills() == 0; }));
  // Known as uncacheable: no fill is begun, unless its answer may be stored.
  CHECK(client.get("/p").says("detail=no-store"));
  const Response stored = client.get("/p");
  CHECK(stored.serial() == 3);
  CHECK(stored.says("stored"));
  CHECK(client.get("/p").says("hit"));
  // A record lives longer than the mark.
  constexpr std::int64_t kMark = 10'000;
  REQUIRE(eventually([&] {
    return redis.ask({"PTTL", Proxy::redis_key("/p")}).integer() > kMark;
  }));
  Proxy b{config_for(origin, redis)};
  HttpClient other{b.port()};
  CHECK(other.get("/p").serial() == 3);
  CHECK(origin.requests() == 3);
}

TEST_CASE("what is known as uncacheable is asked for as by a fill", "[private]") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return answering({{"Cache-Control", "no-store"}, {"Set-Cookie", "id=1"}})(request);
  }};
  config::Config config = config_for(origin);
  config.routes.front().cache->set_cookie = config::SetCookieRule::Strip;
  Proxy proxy{config};
  HttpClient client{proxy.port()};
  for (int i = 0; i < 2; ++i) {
    const Response answer = client.get("/p", {{"If-None-Match", "\"a\""}});
    CHECK(answer.status == 200);
    CHECK_FALSE(has_field(views(answer.fields), "Set-Cookie"));
    CHECK_FALSE(has_field(views(origin.seen().back().fields), "If-None-Match"));
    REQUIRE(eventually([&] { return proxy.fills() == 0; }));
  }
}

}  // namespace wf::test
