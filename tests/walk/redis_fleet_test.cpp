// Proxies on a Sentinel set and on a Cluster, under load: failovers and a slot that moves cost
// misses, never an error to a client (FM-06, FM-08).

#include <iostream>

#include <catch2/catch.hpp>

#include "proxy/redis/hash_slot.hpp"
#include "tests/support/redis_fleet.hpp"
#include "tests/walk/redis_kinds.hpp"

namespace wf::test {

namespace {

config::Config config_on(const ScriptedOrigin& origin, config::RedisKind kind,
                         std::vector<config::Address> nodes) {
  config::Config config = config_for(origin);
  config.store.redis.emplace();
  config.store.redis->kind = kind;
  config.store.redis->nodes = std::move(nodes);
  config.store.redis->master = "m";
  config.store.redis->timeout = 200ms;
  return config;
}

/// Whose slots the tests' keys fall into.
std::size_t owner_of_the_log() { return RedisCluster::first_owner("wf"); }

}  // namespace

TEST_CASE("Sentinel fails over under load: no client sees it", "[FM-06]") {
  SentinelSet set;
  ScriptedOrigin origin;
  const config::Config config = config_on(origin, config::RedisKind::Sentinel, set.sentinels());
  Proxy a{config};
  Proxy b{config};
  REQUIRE(shared_after(a, b, "/before/") < 15s);
  Traffic traffic{{a.port(), b.port()}, 6};
  set.first_master().kill();
  const auto promoted = [&] {
    for (const RedisServer* replica : set.replicas()) {
      if (takes_writes(*replica, "probe")) return true;
    }
    return false;
  };
  REQUIRE(eventually(promoted, 40s));
  const auto took = shared_after(a, b, "/after/");
  traffic.stop();
  std::cout << "Sentinel: shared again " << took.count() << " ms after the new master was "
            << "writable; " << traffic.answered() << " answers, " << traffic.wrong() << " wrong\n";
  CHECK(took <= 2s);
  CHECK(traffic.wrong() == 0);
  CHECK(traffic.answered() > 100);
  CHECK(ask(a.port(), {"PUT", "/x", {}, "new"}).status == 200);
  CHECK(eventually([&] { return b.knows_purges_of(a); }));
}

TEST_CASE("a Cluster loses the owner of the log under load: no client sees it", "[FM-08]") {
  RedisCluster cluster;
  ScriptedOrigin origin;
  const config::Config config = config_on(origin, config::RedisKind::Cluster, cluster.addresses());
  Proxy a{config};
  Proxy b{config};
  REQUIRE(shared_after(a, b, "/before/") < 15s);
  Traffic traffic{{a.port(), b.port()}, 6};
  const std::size_t owner = owner_of_the_log();
  cluster.node(owner).kill();
  const auto promoted = [&] { return takes_writes(cluster.node(owner + 3), "{wf}probe"); };
  REQUIRE(eventually(promoted, 40s));
  const auto took = shared_after(a, b, "/after/");
  traffic.stop();
  std::cout << "Cluster: shared again " << took.count() << " ms after the replica was writable; "
            << traffic.answered() << " answers, " << traffic.wrong() << " wrong\n";
  CHECK(took <= 2s);
  CHECK(traffic.wrong() == 0);
  CHECK(traffic.answered() > 100);
  CHECK(ask(a.port(), {"PUT", "/x", {}, "new"}).status == 200);
  CHECK(eventually([&] { return b.knows_purges_of(a); }));
}

TEST_CASE("a Cluster moves the slot of the log under load: no client sees it", "[FM-08]") {
  RedisCluster cluster;
  ScriptedOrigin origin;
  const config::Config config = config_on(origin, config::RedisKind::Cluster, cluster.addresses());
  Proxy a{config};
  Proxy b{config};
  REQUIRE(shared_after(a, b, "/before/") < 15s);
  Traffic traffic{{a.port(), b.port()}, 6};
  const unsigned slot = redis::hash_slot("wf");
  const std::size_t from = owner_of_the_log();
  const std::size_t to = (from + 1) % 3;
  cluster.begin_move(slot, from, to);
  while (cluster.move_keys(slot, from, to) != 0) {
  }
  cluster.end_move(slot, to);
  const auto took = shared_after(a, b, "/after/");
  traffic.stop();
  std::cout << "Cluster: shared " << took.count() << " ms after the log's slot had moved; "
            << traffic.answered() << " answers, " << traffic.wrong() << " wrong\n";
  CHECK(traffic.wrong() == 0);
  CHECK(ask(a.port(), {"PUT", "/x", {}, "new"}).status == 200);
  CHECK(eventually([&] { return b.knows_purges_of(a); }));
}

TEST_CASE("a Cluster moves the slots that are filled: still one fetch for each", "[FM-08]") {
  constexpr std::size_t kTargets = 4;
  RedisCluster cluster;
  ScriptedOrigin origin{[](const OriginRequest& request) {
    const bool held = request.target.starts_with("/move/");
    return held ? answering_after(request.target, {})(request) : echo(request);
  }};
  const config::Config config = config_on(origin, config::RedisKind::Cluster, cluster.addresses());
  Proxy a{config};
  Proxy b{config};
  REQUIRE(shared_after(a, b, "/before/") < 15s);
  for (std::size_t i = 0; i < kTargets; ++i) {
    const std::string target = "/move/" + std::to_string(i);
    const std::string key = Proxy::redis_key(target);
    const unsigned slot = redis::hash_slot(key);
    const std::size_t from = RedisCluster::first_owner(key);
    const std::size_t to = (from + 1) % 3;
    cluster.begin_move(slot, from, to);
    Crowd crowd{{a.port(), b.port()}, 20};
    crowd.send({"GET", target, {}, {}});
    // None of the keys is there yet, so the new owner cannot tell whether they all are.
    const auto refused = [&] {
      const redis::Reply stats = cluster.node(to).ask({"INFO", "errorstats"});
      return stats.text().find("TRYAGAIN") != std::string_view::npos;
    };
    REQUIRE(eventually(refused));
    REQUIRE(eventually([&] { return a.waiting(target) + b.waiting(target) == 20; }));
    while (cluster.move_keys(slot, from, to) != 0) {
    }
    cluster.end_move(slot, to);
    REQUIRE(origin.wait_held(target));
    origin.release(target);
    const std::vector<Response> responses = crowd.read();
    CHECK(whole(responses) == 20);
    CHECK(origin.requests(target) == 1);
  }
}

TEST_CASE("no script of ours is refused by a Cluster", "[FM-08]") {
  RedisCluster cluster;
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200, {{"Vary", "X-Kind"}}, "GET " + request.target});
  }};
  const config::Config config = config_on(origin, config::RedisKind::Cluster, cluster.addresses());
  Proxy a{config};
  Proxy b{config};
  for (int i = 0; i < 50; ++i) {
    const std::string target = "/" + std::to_string(i);
    CHECK(get(a.port(), target, {{"X-Kind", "1"}}).status == 200);
    CHECK(get(b.port(), target, {{"X-Kind", "2"}}).status == 200);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    const redis::Reply stats = cluster.node(i).ask({"INFO", "errorstats"});
    CHECK(stats.text().find("CROSSSLOT") == std::string_view::npos);
    CHECK(cluster.node(i).ask({"DBSIZE"}).integer() > 0);
  }
}

}  // namespace wf::test
