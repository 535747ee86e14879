// Strong writes: what a write's answer promises of every other proxy (design §7).

#include <catch2/catch.hpp>

#include "proxy/server/shared.hpp"
#include "tests/walk/process.hpp"
#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

using invalidation::Trust;
using std::chrono::steady_clock;

ClientRequest put(std::string target) { return {"PUT", std::move(target), {}, "new"}; }

std::string yaml_for(const ScriptedOrigin& origin, const RedisServer& redis) {
  return "listen: [{address: \"127.0.0.1:0\"}]\nworkers: 1\nlog: {access: off}\n"
         "store: {redis: {url: \"redis://127.0.0.1:" +
         std::to_string(redis.port()) +
         "/0\", timeout: 3s, lease: 1s}}\n"
         "upstreams: {origin: {servers: [\"http://127.0.0.1:" +
         std::to_string(origin.address().port) +
         "\"]}}\nroutes: [{name: all, match: \"/**\", upstream: origin, cache: {ttl: 60s}}]\n";
}

config::Config exact(const ScriptedOrigin& origin, const RedisServer& redis) {
  config::Config config = config_for(origin, redis);
  config.store.redis->lease = 1s;
  config.store.redis->on_down = config::OnDown::Origin;
  return config;
}

/// A body that was current when the origin was asked for the n-th time.
unsigned warm(std::uint16_t port, const std::string& target) {
  static_cast<void>(get(port, target));
  return get(port, target).serial();
}

}  // namespace

TEST_CASE("a write through one of three proxies: the next read through any of them is not old") {
  RedisServer redis;
  ScriptedOrigin origin;
  const Proxy a{config_for(origin, redis)};
  const Proxy b{config_for(origin, redis)};
  const Proxy c{config_for(origin, redis)};
  const std::vector<std::uint16_t> ports{a.port(), b.port(), c.port()};
  std::vector<steady_clock::duration> waits;
  for (int round = 0; round < 60; ++round) {
    const std::string target = "/x" + std::to_string(round % 3);
    for (const std::uint16_t port : ports) static_cast<void>(warm(port, target));
    const auto begun = steady_clock::now();
    const Response written = ask(ports[static_cast<std::size_t>(round) % 3], put(target));
    waits.push_back(steady_clock::now() - begun);
    CHECK_FALSE(written.has("Warmfront-Invalidation"));
    for (const std::uint16_t port : ports) CHECK(get(port, target).serial() > written.serial());
  }
  std::sort(waits.begin(), waits.end());
  // They wait for a report, not for a lease or for the look that makes up for a lost one.
  CHECK(waits[waits.size() / 2] < 500ms);
}

TEST_CASE("a frozen proxy: the write returns by its lease, and nothing old is served afterwards") {
  RedisServer redis;
  ScriptedOrigin origin;
  Proxy a{exact(origin, redis)};
  ProxyProcess frozen{yaml_for(origin, redis)};
  CHECK(warm(frozen.port(), "/x") == 1);
  frozen.freeze();
  HttpClient early{frozen.port()};
  early.send(ClientRequest{"GET", "/x", {}, {}});
  const auto begun = steady_clock::now();
  const Response written = ask(a.port(), put("/x"));
  const auto took = steady_clock::now() - begun;
  CHECK(written.serial() == 2);
  CHECK(took > 200ms);
  CHECK(took < 5s);
  HttpClient late{frozen.port()};
  late.send(ClientRequest{"GET", "/x", {}, {}});
  frozen.thaw();
  CHECK(late.read().serial() > 2);
  CHECK(early.read().serial() > 0);
  CHECK(get(frozen.port(), "/x").serial() > 2);
}

TEST_CASE("`wait: none` does not wait for a frozen proxy") {
  RedisServer redis;
  ScriptedOrigin origin;
  config::Config config = exact(origin, redis);
  config.store.redis->lease = 60s;
  config.routes.back().invalidate.wait = config::Wait::None;
  const Proxy a{config};
  ProxyProcess frozen{yaml_for(origin, redis)};
  frozen.freeze();
  CHECK(warm(a.port(), "/x") == 1);
  CHECK(ask(a.port(), put("/x")).serial() == 2);
  CHECK(get(a.port(), "/x").serial() == 3);
  frozen.thaw();
}

TEST_CASE("a write does not wait longer than coherence_timeout") {
  RedisServer redis;
  ScriptedOrigin origin;
  config::Config config = exact(origin, redis);
  config.store.redis->coherence_timeout = 50ms;
  const Proxy a{config};
  ProxyProcess frozen{yaml_for(origin, redis)};
  frozen.freeze();
  const Response written = ask(a.port(), put("/x"));
  CHECK(written.status == 200);
  CHECK(written.field("Warmfront-Invalidation") == "timed-out");
  frozen.thaw();
}

TEST_CASE("Redis is killed and comes back empty: what was stored before is not served") {
  RedisServer redis;
  ScriptedOrigin origin;
  Proxy a{exact(origin, redis)};
  Proxy b{exact(origin, redis)};
  CHECK(warm(a.port(), "/x") == 1);
  CHECK(warm(b.port(), "/x") == 1);
  const auto before = a.shared().purges.position();
  redis.kill();
  redis.restart();
  const auto adopted = [&](Proxy& proxy) {
    return eventually([&] {
      return proxy.shared().purges.position().birth != before.birth &&
             proxy.shared().lease.trust() == Trust::Exact;
    });
  };
  REQUIRE(adopted(a));
  REQUIRE(adopted(b));
  CHECK(get(a.port(), "/x").serial() > 1);
  const auto unwritten = a.shared().purges.position();
  const Response written = ask(b.port(), put("/x"));
  // Its worker may not be connected again yet: then it says so. Its own position may lag behind
  // what it has appended, so that one says nothing of the other's.
  if (written.field("Warmfront-Invalidation") == "pending") {
    REQUIRE(eventually([&] { return a.shared().purges.position().sequence > unwritten.sequence; }));
  }
  CHECK(get(a.port(), "/x").serial() > written.serial());
}

TEST_CASE(
    "without a lease nothing stored is served, and one request at a time reaches the origin") {
  RedisServer redis;
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return request.serial == 2 ? answering_after("second", {})(request) : echo(request);
  }};
  Proxy proxy{exact(origin, redis)};
  CHECK(warm(proxy.port(), "/x") == 1);
  redis.kill();
  REQUIRE(eventually([&] { return proxy.shared().lease.trust() == Trust::None; }));
  HttpClient first{proxy.port()};
  first.send(ClientRequest{"GET", "/x", {}, {}});
  REQUIRE(origin.wait_held("second"));
  // Whoever comes now may know of a write that the request under way does not.
  Crowd crowd{{proxy.port()}, 10};
  crowd.send({"GET", "/x", {}, {}});
  REQUIRE(eventually([&] { return proxy.waiting("/x") == 10; }));
  CHECK(origin.requests() == 2);
  origin.release("second");
  CHECK(first.read().serial() == 2);
  CHECK(serials(crowd.read()) == std::set<unsigned>{3});
}

}  // namespace wf::test
