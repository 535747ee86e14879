// Bodies that are larger than a proxy keeps in memory: streamed through Redis, shared by the fleet.

#include <catch2/catch.hpp>

#include <random>

#include "proxy/base/ascii.hpp"
#include "proxy/server/shared.hpp"
#include "tests/walk/large_bodies.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

config::Config large_config(const ScriptedOrigin& origin, const RedisServer& redis) {
  config::Config config = config_for(origin, redis);
  config.store.max_object_size = 64_MiB;
  return config;
}

/// A key of that kind ("b" for chunks) in Redis.
std::vector<std::string> keys(const RedisServer& redis, const std::string& pattern) {
  std::vector<std::string> names;
  const redis::Reply reply = redis.ask({"KEYS", pattern});
  for (const auto& name : reply.elements()) names.emplace_back(name.text());
  return names;
}

/// How often Redis was asked for a value of that command since it started.
std::size_t calls(const RedisServer& redis, const std::string& command) {
  const std::string info{redis.ask({"INFO", "commandstats"}).text()};
  const std::string mark = "cmdstat_" + command + ":calls=";
  const std::size_t at = info.find(mark);
  if (at == std::string::npos) return 0;
  const std::size_t from = at + mark.size();
  return ascii::parse_uint(info.substr(from, info.find(',', from) - from)).value_or(0);
}

constexpr std::size_t kSize = 3'000'000;

}  // namespace

TEST_CASE("a large body is a hit after a restart, byte for byte", "[large]") {
  RedisServer redis;
  LargeBody body{kSize};
  ScriptedOrigin origin{body.handler()};
  Proxy proxy{large_config(origin, redis)};
  const Response first = get(proxy.port(), "/a");
  REQUIRE(first.whole());
  CHECK((first.body == body.bytes));
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/a"); }));
  proxy.restart();
  const Response hit = get(proxy.port(), "/a");
  CHECK(hit.whole());
  CHECK(hit.says("hit"));
  CHECK(hit.says("detail=redis"));
  CHECK((hit.body == body.bytes));
  const Response again = get(proxy.port(), "/a");
  CHECK(again.says("detail=memory"));
  CHECK((again.body == body.bytes));
  CHECK(origin.requests() == 1);
  for (const std::string& name : keys(redis, "*")) {
    INFO(name);
    if (name.find("}:log") == std::string::npos) CHECK(redis.ask({"PTTL", name}).integer() > 0);
  }
}

TEST_CASE("a body without a length is stored in chunks as well", "[large]") {
  RedisServer redis;
  LargeBody body{kSize};
  body.length = LargeBody::Length::Unknown;
  ScriptedOrigin origin{body.handler()};
  Proxy proxy{large_config(origin, redis)};
  const Response first = get(proxy.port(), "/a");
  CHECK((first.body == body.bytes));
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/a"); }));
  proxy.restart();
  const Response hit = get(proxy.port(), "/a");
  CHECK(hit.says("hit"));
  CHECK(hit.field("Content-Length") == std::to_string(kSize));
  CHECK((hit.body == body.bytes));
}

TEST_CASE("a range of a stored body asks Redis only for the chunks that it touches", "[large]") {
  RedisServer redis;
  LargeBody body{kSize};
  ScriptedOrigin origin{body.handler()};
  Proxy proxy{large_config(origin, redis)};
  REQUIRE(get(proxy.port(), "/a").whole());
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/a"); }));
  proxy.restart();
  const Response head = get(proxy.port(), "/a", {{"Range", "bytes=0-9"}});
  CHECK(head.status == 206);
  CHECK(head.body == body.bytes.substr(0, 10));

  const std::size_t before = calls(redis, "getrange");
  const Response one = get(proxy.port(), "/a", {{"Range", "bytes=1000000-1000099"}});
  CHECK(one.status == 206);
  CHECK(one.body == body.bytes.substr(1'000'000, 100));
  CHECK(one.field("Content-Range") == "bytes 1000000-1000099/3000000");
  CHECK(calls(redis, "getrange") - before == 1);

  const Response two = get(proxy.port(), "/a", {{"Range", "bytes=65530-65539,2999990-2999999"}});
  CHECK(two.status == 206);
  CHECK(two.body.find(body.bytes.substr(65'530, 10)) != std::string::npos);
  CHECK(two.body.find(body.bytes.substr(2'999'990)) != std::string::npos);
  CHECK(calls(redis, "getrange") - before == 3);
  CHECK(get(proxy.port(), "/a", {{"Range", "bytes=3000000-"}}).status == 416);
  CHECK(origin.requests() == 1);
}

TEST_CASE("a chunk that is lost before the head went out costs a miss", "[large]") {
  RedisServer redis;
  LargeBody body{kSize};
  ScriptedOrigin origin{body.handler()};
  Proxy proxy{large_config(origin, redis)};
  REQUIRE(get(proxy.port(), "/a").whole());
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/a"); }));
  REQUIRE(redis.ask({"DEL", keys(redis, "*:b:*:1").at(0)}).integer() == 1);
  const Response missed = get(proxy.port(), "/a");
  CHECK(missed.whole());
  CHECK_FALSE(missed.says("hit"));
  CHECK((missed.body == body.bytes));
  CHECK(origin.requests() == 2);
}

TEST_CASE("a chunk that is lost in mid-body is replaced by a range of the origin's", "[large]") {
  RedisServer redis;
  LargeBody body{kSize};
  ScriptedOrigin origin{body.handler()};
  Proxy proxy{large_config(origin, redis)};
  REQUIRE(get(proxy.port(), "/a").whole());
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/a"); }));
  REQUIRE(redis.ask({"DEL", keys(redis, "*:b:*:7").at(0)}).integer() == 1);
  const Response whole = get(proxy.port(), "/a");
  CHECK(whole.whole());
  CHECK(whole.says("hit"));
  CHECK((whole.body == body.bytes));
  REQUIRE(origin.requests() == 2);
  CHECK(origin.seen().at(1).field("If-Range") == "\"v1\"");
  // What was found incomplete is a miss for all who come.
  const Response next = get(proxy.port(), "/a");
  CHECK_FALSE(next.says("hit"));
  CHECK((next.body == body.bytes));
}

TEST_CASE("without a strong validator a lost chunk is a cut, never a short answer", "[large]") {
  RedisServer redis;
  LargeBody body{kSize};
  body.etag = "W/\"v1\"";
  ScriptedOrigin origin{body.handler()};
  Proxy proxy{large_config(origin, redis)};
  REQUIRE(get(proxy.port(), "/a").whole());
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/a"); }));
  REQUIRE(redis.ask({"DEL", keys(redis, "*:b:*:7").at(0)}).integer() == 1);
  const Response cut = get(proxy.port(), "/a");
  CHECK(cut.status == 200);
  CHECK(cut.end == End::Cut);
  CHECK((cut.body == body.bytes.substr(0, cut.body.size())));
  CHECK(origin.requests() == 1);
  CHECK(get(proxy.port(), "/a").whole());
}

TEST_CASE("the origin has another by now: a lost chunk is a cut, never a mixture", "[large]") {
  RedisServer redis;
  LargeBody body{kSize};
  ScriptedOrigin origin{body.handler()};
  Proxy proxy{large_config(origin, redis)};
  REQUIRE(get(proxy.port(), "/a").whole());
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/a"); }));
  REQUIRE(redis.ask({"DEL", keys(redis, "*:b:*:7").at(0)}).integer() == 1);
  LargeBody other{kSize};
  other.etag = "\"v2\"";
  origin.handle(other.handler());
  const Response cut = get(proxy.port(), "/a");
  CHECK(cut.end == End::Cut);
  CHECK((cut.body == body.bytes.substr(0, cut.body.size())));
}

TEST_CASE("another proxy's clients read a large body while it arrives", "[large]") {
  RedisServer redis;
  LargeBody body{kSize};
  body.held_at = 2'000'000;
  ScriptedOrigin origin{body.handler()};
  Proxy leader{large_config(origin, redis)};
  Proxy other{large_config(origin, redis)};
  HttpClient first{leader.port()};
  first.send(ClientRequest{"GET", "/a", {}, {}});
  REQUIRE(origin.wait_held("half"));
  HttpClient second{other.port()};
  second.send(ClientRequest{"GET", "/a", {}, {}});
  Response follower = second.read_head();
  CHECK(follower.status == 200);
  second.read_body(follower, 1'800'000);
  CHECK(follower.body.size() >= 1'800'000);
  // And one who comes to the leader's proxy late, when the beginning is in Redis alone.
  HttpClient third{leader.port()};
  third.send(ClientRequest{"GET", "/a", {}, {}});
  Response late = third.read_head();
  third.read_body(late, 1'800'000);
  origin.release("half");
  const Response led = first.read();
  second.read_rest(follower);
  third.read_rest(late);
  CHECK((led.body == body.bytes));
  CHECK(follower.whole());
  CHECK((follower.body == body.bytes));
  CHECK(late.whole());
  CHECK((late.body == body.bytes));
  // The body had an end, and nothing came behind it.
  CHECK(second.get("/a").says("hit"));
  CHECK(third.get("/a").says("hit"));
  CHECK(origin.requests() == 1);
}

TEST_CASE("the origin breaks off: nobody in the fleet sees a whole answer", "[large]") {
  RedisServer redis;
  LargeBody body{kSize};
  body.etag.clear();
  body.held_at = 1'000'000;
  body.then = LargeBody::Then::Reset;
  ScriptedOrigin origin{body.handler()};
  Proxy leader{large_config(origin, redis)};
  Proxy other{large_config(origin, redis)};
  HttpClient first{leader.port()};
  first.send(ClientRequest{"GET", "/a", {}, {}});
  REQUIRE(origin.wait_held("half"));
  HttpClient second{other.port()};
  second.send(ClientRequest{"GET", "/a", {}, {}});
  Response follower = second.read_head();
  second.read_body(follower, 500'000);
  origin.release("half");
  CHECK(first.read().end == End::Cut);
  second.read_rest(follower);
  CHECK(follower.end == End::Cut);
  CHECK((follower.body == body.bytes.substr(0, follower.body.size())));
  CHECK_FALSE(Proxy::in_redis(redis, "/a"));
}

TEST_CASE("a purge in mid-body: who reads may finish, who comes gets a new one", "[large]") {
  RedisServer redis;
  LargeBody body{kSize};
  body.held_at = 1'000'000;
  ScriptedOrigin origin{body.handler()};
  Proxy proxy{large_config(origin, redis)};
  HttpClient first{proxy.port()};
  first.send(ClientRequest{"GET", "/a", {}, {}});
  REQUIRE(origin.wait_held("half"));
  origin.handle(echo);
  REQUIRE(ask(proxy.port(), {"POST", "/a", {}, "x"}).status == 200);
  const Response fresh = get(proxy.port(), "/a");
  CHECK(fresh.body.starts_with("GET /a"));
  origin.release("half");
  const Response old = first.read();
  CHECK(old.whole());
  CHECK((old.body == body.bytes));
  CHECK(get(proxy.port(), "/a").body == fresh.body);
}

TEST_CASE("a body that outgrows the limit passes through to all who read it", "[large]") {
  RedisServer redis;
  LargeBody body{kSize};
  body.length = LargeBody::Length::Unknown;
  body.held_at = 400'000;
  ScriptedOrigin origin{body.handler()};
  config::Config config = config_for(origin, redis);
  config.store.max_object_size = 2_MiB;
  Proxy proxy{std::move(config)};
  Crowd crowd{{proxy.port()}, 8};
  crowd.send({"GET", "/a", {}, {}});
  REQUIRE(eventually([&] { return proxy.waiting("/a") == 8; }));
  origin.release("half");
  const std::vector<Response> all = crowd.read();
  CHECK(whole(all) == 8);
  for (const Response& response : all) CHECK((response.body == body.bytes));
  CHECK_FALSE(Proxy::in_redis(redis, "/a"));
}

TEST_CASE("a large body is revalidated without being fetched or written again", "[large]") {
  RedisServer redis;
  LargeBody body{kSize};
  ScriptedOrigin origin{body.handler()};
  config::Config config = large_config(origin, redis);
  Proxy proxy{std::move(config)};
  REQUIRE(get(proxy.port(), "/a").whole());
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/a"); }));
  const std::size_t written = calls(redis, "set");
  const Response same = get(proxy.port(), "/a", {{"Cache-Control", "no-cache"}});
  CHECK(same.whole());
  CHECK((same.body == body.bytes));
  CHECK(origin.seen().at(1).field("If-None-Match") == "\"v1\"");
  REQUIRE(eventually([&] { return proxy.fills() == 0; }));
  CHECK(calls(redis, "set") - written < 5);
  proxy.restart();
  const Response hit = get(proxy.port(), "/a");
  CHECK(hit.says("hit"));
  CHECK((hit.body == body.bytes));
}

TEST_CASE("large bodies are compressed at rest where the route says so", "[large]") {
  const bool coded = GENERATE(false, true);
  RedisServer redis;
  LargeBody body{kSize};
  if (coded) body.more = "Content-Encoding: br\r\n";
  ScriptedOrigin origin{body.handler()};
  config::Config config = large_config(origin, redis);
  cache_of(config).compress = config::Compress::Zstd;
  Proxy proxy{std::move(config)};
  REQUIRE(get(proxy.port(), "/a").whole());
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/a"); }));
  std::size_t stored = 0;
  for (const std::string& name : keys(redis, "*:b:*")) {
    stored += static_cast<std::size_t>(redis.ask({"STRLEN", name}).integer());
  }
  // What the origin has coded is left as it is.
  CHECK((stored < kSize / 2) == !coded);
  proxy.restart();
  const Response hit = get(proxy.port(), "/a");
  CHECK(hit.says("hit"));
  CHECK((hit.body == body.bytes));
  const Response part = get(proxy.port(), "/a", {{"Range", "bytes=1999990-2000009"}});
  CHECK(part.body == body.bytes.substr(1'999'990, 20));
}

TEST_CASE("memory holds a body whole within the limit, else its beginning", "[large]") {
  const bool within = GENERATE(true, false);
  RedisServer redis;
  LargeBody body{300'000};
  ScriptedOrigin origin{body.handler()};
  config::Config config = large_config(origin, redis);
  config.store.memory.max_object_size = 1_MiB;
  if (!within) cache_of(config).memory.max_object_size = 100_KiB;
  Proxy proxy{std::move(config)};
  for (int n = 0; n < 3; ++n) {
    const Response response = get(proxy.port(), "/a");
    CHECK((response.body == body.bytes));
    REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/a"); }));
    CHECK((proxy.shared().memory.stats().bytes > 300'000) == within);
    if (n == 1) proxy.restart();
  }
  CHECK(origin.requests() == 1);
}

TEST_CASE("chunks deleted at random: never a wrong byte", "[large]") {
  RedisServer redis;
  LargeBody body{kSize};
  ScriptedOrigin origin{body.handler()};
  Proxy proxy{large_config(origin, redis)};
  std::minstd_rand chance{5};
  for (int round = 0; round < 20; ++round) {
    if (round % 3 == 0) proxy.restart();
    const Response response = get(proxy.port(), "/a");
    CHECK(response.whole());
    CHECK((response.body == body.bytes));
    const auto chunks = keys(redis, round % 4 == 3 ? "*}:r" : "*:b:*");
    if (!chunks.empty()) redis.ask({"DEL", chunks[chance() % chunks.size()]});
  }
}

}  // namespace wf::test
