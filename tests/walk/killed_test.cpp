// A proxy that dies in the middle of a fill is replaced within its lease (design §6).

#include <catch2/catch.hpp>

#include "tests/walk/process.hpp"
#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

std::string yaml_for(const ScriptedOrigin& origin, const RedisServer& redis) {
  return "listen: [{address: \"127.0.0.1:0\"}]\n"
         "workers: 1\n"
         "log: {access: off}\n"
         "store:\n"
         "  lock_lease: 1s\n"
         "  redis: {url: \"redis://127.0.0.1:" +
         std::to_string(redis.port()) +
         "/0\", timeout: 3s}\n"
         "upstreams:\n"
         "  origin: {servers: [\"http://127.0.0.1:" +
         std::to_string(origin.address().port) +
         "\"]}\n"
         "routes: [{name: all, match: \"/**\", upstream: origin, cache: {ttl: 60s}}]\n";
}

}  // namespace

TEST_CASE("the leader's process is killed: clients of the other proxy are answered", "[killed]") {
  RedisServer redis;
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return request.serial == 1 ? answering_after("never", {})(request) : echo(request);
  }};
  config::Config config = config_for(origin, redis);
  config.store.lock_lease = 1s;
  config.store.lock_wait = 60s;
  Proxy proxy{config};
  ProxyProcess leader{yaml_for(origin, redis)};

  HttpClient lost{leader.port()};
  lost.send(ClientRequest{"GET", "/x", {}, {}});
  REQUIRE(origin.wait_held("never"));
  Crowd crowd{{proxy.port()}, 20};
  crowd.send({"GET", "/x", {}, {}});
  REQUIRE(eventually([&] { return proxy.waiting("/x") == 20; }));
  CHECK(origin.requests() == 1);

  const auto killed = std::chrono::steady_clock::now();
  leader.kill();
  const std::vector<Response> responses = crowd.read();
  const auto took = std::chrono::steady_clock::now() - killed;
  CHECK(lost.read().status == 0);
  CHECK(whole(responses) == 20);
  CHECK(serials(responses) == std::set<unsigned>{2});
  CHECK(origin.requests() == 2);
  CHECK(took < config.store.lock_lease + 3s);  // a busy machine
}

TEST_CASE("the leader's process is killed in the middle of the body: nothing half is stored",
          "[killed]") {
  RedisServer redis;
  ScriptedOrigin origin{[](const OriginRequest& request) {
    const std::string text = to_text({200, {}, pattern(100'000, request.serial)}, request.serial);
    if (request.serial > 1) return Script{}.send(text);
    return Script{}.send(text.substr(0, 50'000)).hold("never");
  }};
  config::Config config = config_for(origin, redis);
  config.store.lock_lease = 1s;
  Proxy proxy{config};
  ProxyProcess leader{yaml_for(origin, redis)};
  HttpClient lost{leader.port()};
  lost.send(ClientRequest{"GET", "/x", {}, {}});
  Response half = lost.read_head();
  lost.read_body(half, 1000);
  leader.kill();
  lost.read_rest(half);
  CHECK(half.end == End::Cut);
  const Response response = get(proxy.port(), "/x");
  CHECK(response.whole());
  CHECK(response.body == pattern(100'000, 2));
}

}  // namespace wf::test
