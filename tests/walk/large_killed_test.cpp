// The proxy that fetches a large body dies in the middle of it.

#include <catch2/catch.hpp>

#include "tests/walk/large_bodies.hpp"
#include "tests/walk/process.hpp"

namespace wf::test {

namespace {

std::string yaml_for(const ScriptedOrigin& origin, const RedisServer& redis) {
  return "listen: [{address: \"127.0.0.1:0\"}]\n"
         "workers: 1\n"
         "log: {access: off}\n"
         "store:\n"
         "  lock_lease: 1s\n"
         "  max_object_size: 64MiB\n"
         "  redis: {url: \"redis://127.0.0.1:" +
         std::to_string(redis.port()) +
         "/0\", timeout: 3s}\n"
         "upstreams:\n"
         "  origin: {servers: [\"http://127.0.0.1:" +
         std::to_string(origin.address().port) +
         "\"]}\n"
         "routes: [{name: all, match: \"/**\", upstream: origin, cache: {ttl: 60s}}]\n";
}

/// What a client of another proxy has when the leader was killed behind byte 1,000,000.
Response follow_a_killed_leader(LargeBody& body, unsigned& requests) {
  RedisServer redis;
  body.held_at = 1'000'000;
  ScriptedOrigin origin{body.handler()};
  config::Config config = config_for(origin, redis);
  config.store.max_object_size = 64_MiB;
  config.store.lock_lease = 1s;
  Proxy other{std::move(config)};
  ProxyProcess leader{yaml_for(origin, redis)};
  HttpClient first{leader.port()};
  first.send(ClientRequest{"GET", "/a", {}, {}});
  CHECK(origin.wait_held("half"));
  HttpClient second{other.port()};
  second.send(ClientRequest{"GET", "/a", {}, {}});
  Response follower = second.read_head();
  second.read_body(follower, 800'000);
  leader.kill();
  origin.release("half");
  second.read_rest(follower);
  requests = origin.requests();
  return follower;
}

}  // namespace

TEST_CASE("the leader dies in mid-body: its followers get the rest from the origin", "[large]") {
  LargeBody body{3'000'000};
  unsigned requests = 0;
  const Response follower = follow_a_killed_leader(body, requests);
  CHECK(follower.whole());
  CHECK((follower.body == body.bytes));
  CHECK(requests == 2);
}

TEST_CASE("the leader dies in mid-body without a strong validator: a cut, no short 200",
          "[large]") {
  LargeBody body{3'000'000};
  body.etag.clear();
  unsigned requests = 0;
  const Response follower = follow_a_killed_leader(body, requests);
  CHECK(follower.status == 200);
  CHECK(follower.end == End::Cut);
  CHECK((follower.body == body.bytes.substr(0, follower.body.size())));
  CHECK(requests == 1);
}

}  // namespace wf::test
