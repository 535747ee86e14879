// Redis stops, freezes, fills up, is not there yet, and comes back: slower, never wrong, and never
// an error to a client (invariant I7).

#include <catch2/catch.hpp>

#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

/// What an operator would set, and a breaker that is soon tried again.
config::Config impatient(const ScriptedOrigin& origin, const RedisServer& redis) {
  config::Config config = config_for(origin, redis);
  config.store.redis->timeout = 200ms;
  config.store.redis->connect_timeout = 500ms;
  return config;
}

/// No answer takes longer than some commands that time out; far from any other timeout.
constexpr auto kBearable = 3s;

/// One exchange that must be a whole 200 in bearable time.
Response answered(Proxy& proxy, const std::string& target) {
  const auto asked = std::chrono::steady_clock::now();
  Response response = get(proxy.port(), target);
  const auto took = std::chrono::steady_clock::now() - asked;
  INFO(target << " status " << response.status);
  CHECK(response.whole());
  CHECK(response.status == 200);
  CHECK(took < kBearable);
  return response;
}

/// Until a target that `from` has never been asked for is stored by it, and found by `to`.
bool shared_again(Proxy& from, Proxy& to, const std::string& stem) {
  int number = 0;
  return eventually([&] {
    const std::string target = stem + std::to_string(++number);
    const Response fetched = get(from.port(), target);
    const Response found = get(to.port(), target);
    return fetched.status == 200 && found.says("detail=redis") && found.body == fetched.body;
  });
}

}  // namespace

TEST_CASE("Redis is stopped and started again", "[fault]") {
  RedisServer redis;
  ScriptedOrigin origin;
  Proxy a{impatient(origin, redis)};
  Proxy b{impatient(origin, redis)};
  CHECK(answered(a, "/kept").serial() == 1);
  redis.kill();

  for (int i = 0; i < 5; ++i) {
    CHECK(answered(a, "/kept").says("detail=memory"));
    const std::string target = "/down/" + std::to_string(i);
    const unsigned serial = answered(a, target).serial();
    // Collapsing and memory go on in each proxy by itself.
    CHECK(answered(a, target).serial() == serial);
    CHECK(answered(b, target).serial() != serial);
  }
  redis.restart();
  CHECK(shared_again(a, b, "/again/"));
  CHECK(shared_again(b, a, "/back/"));
}

TEST_CASE("Redis freezes and thaws", "[fault]") {
  RedisServer redis;
  ScriptedOrigin origin;
  Proxy a{impatient(origin, redis)};
  Proxy b{impatient(origin, redis)};
  CHECK(answered(a, "/kept").serial() == 1);
  redis.freeze();
  for (int i = 0; i < 10; ++i) {
    CHECK(answered(a, "/kept").says("detail=memory"));
    answered(a, "/frozen/" + std::to_string(i));
  }
  redis.thaw();
  CHECK(shared_again(a, b, "/again/"));
  CHECK(shared_again(b, a, "/back/"));
}

TEST_CASE("clients that wait for Redis as it freezes are answered", "[fault]") {
  RedisServer redis;
  ScriptedOrigin origin;
  Proxy proxy{impatient(origin, redis)};
  redis.freeze();
  Crowd crowd{{proxy.port()}, 50};
  const auto asked = std::chrono::steady_clock::now();
  crowd.send({"GET", "/cold", {}, {}});
  const std::vector<Response> responses = crowd.read();
  CHECK(std::chrono::steady_clock::now() - asked < kBearable);
  CHECK(whole(responses) == 50);
  redis.thaw();
}

TEST_CASE("a proxy that starts before Redis does", "[fault]") {
  RedisServer redis;
  redis.kill();
  ScriptedOrigin origin;
  Proxy a{impatient(origin, redis)};
  Proxy b{impatient(origin, redis)};
  const unsigned serial = answered(a, "/early").serial();
  CHECK(answered(a, "/early").serial() == serial);
  redis.restart();
  CHECK(shared_again(a, b, "/shared/"));
  CHECK(shared_again(b, a, "/back/"));
}

TEST_CASE("Redis is out of memory", "[fault]") {
  RedisServer redis;
  ScriptedOrigin origin;
  Proxy a{impatient(origin, redis)};
  Proxy b{impatient(origin, redis)};
  CHECK(answered(a, "/kept").serial() == 1);
  redis.ask({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  redis.ask({"CONFIG", "SET", "maxmemory", "1"});
  for (int i = 0; i < 5; ++i) {
    CHECK(answered(a, "/kept").says("hit"));
    const std::string target = "/full/" + std::to_string(i);
    const unsigned serial = answered(a, target).serial();
    CHECK(answered(a, target).serial() == serial);
  }
  redis.ask({"CONFIG", "SET", "maxmemory", "0"});
  CHECK(shared_again(a, b, "/again/"));
}

TEST_CASE("memory is not trusted longer than on_down_grace", "[fault]") {
  RedisServer redis;
  ScriptedOrigin origin;
  config::Config config = impatient(origin, redis);
  config.store.redis->on_down_grace = 100ms;
  Proxy proxy{config};
  CHECK(answered(proxy, "/kept").serial() == 1);
  redis.kill();
  CHECK(eventually([&] { return answered(proxy, "/kept").serial() > 1; }));
}

TEST_CASE("a write while Redis is frozen is pending, and reaches the other proxy", "[fault]") {
  RedisServer redis;
  ScriptedOrigin origin;
  Proxy a{impatient(origin, redis)};
  Proxy b{impatient(origin, redis)};
  CHECK(answered(a, "/x").serial() == 1);
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/x"); }));
  CHECK(answered(b, "/x").serial() == 1);

  redis.freeze();
  const Response written = ask(a.port(), {"PUT", "/x", {}, "new"});
  CHECK(written.status == 200);
  CHECK(written.field("Warmfront-Invalidation") == "pending");
  // Here it is in force at once.
  const Response here = answered(a, "/x");
  CHECK(here.serial() > 2);
  redis.thaw();

  REQUIRE(eventually([&] { return a.pending_purges() == 0 && b.knows_purges_of(a); }));
  CHECK(eventually([&] { return answered(b, "/x").serial() > 2; }));
  CHECK(answered(b, "/x").serial() > 2);
  CHECK(answered(a, "/x").serial() > 2);
}

TEST_CASE("a write while Redis is stopped is pending; nothing old outlives the restart",
          "[fault]") {
  RedisServer redis;
  ScriptedOrigin origin;
  Proxy a{impatient(origin, redis)};
  Proxy b{impatient(origin, redis)};
  CHECK(answered(a, "/x").serial() == 1);
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/x"); }));
  CHECK(answered(b, "/x").serial() == 1);
  redis.kill();
  const Response written = ask(a.port(), {"PUT", "/x", {}, "new"});
  CHECK(written.field("Warmfront-Invalidation") == "pending");
  CHECK(answered(a, "/x").serial() > 2);
  redis.restart();
  REQUIRE(eventually([&] { return a.pending_purges() == 0 && b.knows_purges_of(a); }));
  CHECK(answered(b, "/x").serial() > 2);
  CHECK(answered(a, "/x").serial() > 2);
}

}  // namespace wf::test
