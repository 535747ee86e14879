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

}  // namespace wf::test
