// Soft purges and refreshes: what was purged may still be of use, and may come again by itself.

#include <catch2/catch.hpp>

#include "proxy/admin/admin_server.hpp"
#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

const OwnedFields kBearer{{"Authorization", "Bearer a-token-of-tests"}};

config::Config with_admin(config::Config config) {
  config.admin.emplace();
  config.admin->address = {"127.0.0.1", 0, {}};
  config.admin->token = "a-token-of-tests";
  return config;
}

/// A proxy that can be told to purge.
struct Member {
  Member(const config::Config& config, const Clock& clock) : proxy(with_admin(config), clock) {
    admin.start();
  }

  /// `what`: members of a purge order.
  void purge(const std::string& what) {
    const Response done = ask(admin.port(), {"POST", "/purge", kBearer, "{" + what + "}"});
    INFO(done.body);
    CHECK(done.status == 200);
  }
  [[nodiscard]] Response get(const std::string& target, const OwnedFields& fields = {}) const {
    return test::get(proxy.port(), target, fields);
  }
  [[nodiscard]] bool quiet() {
    return eventually([&] { return proxy.fills() == 0; });
  }

  Proxy proxy;
  admin::AdminServer admin{proxy.server()};
};

constexpr const char* kSoft = R"("urls": ["http://api.test/x"], "mode": "soft")";
constexpr const char* kRefresh = R"("urls": ["http://api.test/x"], "mode": "refresh")";

/// One proxy without Redis.
struct Alone {
  explicit Alone(config::Config config) : member(with_origin(std::move(config)), clock) {}

  FakeClock clock;
  ScriptedOrigin origin;
  Member member;

 private:
  config::Config with_origin(config::Config config) {
    config.upstreams["origin"].servers = {origin.server()};
    return config;
  }
};

config::Config with_windows(Millis revalidate, Millis on_error) {
  config::Config config = config_for(ScriptedOrigin{});
  cache_of(config).stale_while_revalidate = revalidate;
  cache_of(config).stale_if_error = on_error;
  return config;
}

}  // namespace

TEST_CASE("refresh: two proxies, one request to the origin, and nobody had to ask") {
  RedisServer redis;
  ScriptedOrigin origin;
  FakeClock clock;
  Member a{config_for(origin, redis), clock};
  Member b{config_for(origin, redis), clock};
  CHECK(a.get("/x").serial() == 1);
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/x"); }));
  CHECK(b.get("/x").says("detail=redis"));
  CHECK(a.get("/y").serial() == 2);
  REQUIRE((a.quiet() && b.quiet()));

  a.purge(kRefresh);
  REQUIRE(eventually([&] { return origin.requests("/x") == 2; }));
  // Both proxies have it again, whichever fetched it.
  const auto renewed = [&](Member& member) {
    return eventually([&] {
      const Response response = member.get("/x");
      return response.serial() == 3 && response.says("hit");
    });
  };
  CHECK(renewed(a));
  CHECK(renewed(b));
  CHECK(origin.requests("/x") == 2);
  CHECK(origin.requests("/y") == 1);
}

TEST_CASE("refresh: every variant of what a tag names, with the fields that select it") {
  config::Config config = with_windows(Millis{0}, Millis{0});
  cache_of(config).tags = {"all"};
  cache_of(config).key_headers = {"X-Tenant"};
  cache_of(config).cookies = {config::CookieRule::Mode::Key, {"lang"}};
  Alone alone{config};
  alone.origin.handle([](const OriginRequest& request) {
    std::string seen;
    for (const char* name :
         {"X-Tenant", "Cookie", "Accept-Encoding", "Accept-Language", "X-Kind"}) {
      seen.append("[").append(request.field(name)).append("]");
    }
    return reply(request, {200, {{"Vary", "Accept-Encoding, Accept-Language, X-Kind"}}, seen});
  });
  const OwnedFields first{{"X-Tenant", "t1"},
                          {"Cookie", "lang=de; session=7"},
                          {"Accept-Encoding", "gzip, br"},
                          {"X-Kind", "k"}};
  const OwnedFields second{{"X-Tenant", "t2"}, {"Accept-Language", "de, en;q=0.5"}};
  Member& member = alone.member;
  CHECK(member.get("/x?b=2", first).serial() == 1);
  CHECK(member.get("/x?b=2", second).serial() == 2);
  REQUIRE(member.quiet());

  member.purge(R"("tags": ["all"], "mode": "refresh")");
  REQUIRE(eventually([&] { return alone.origin.requests() == 4; }));
  REQUIRE(member.quiet());
  const Response again = member.get("/x?b=2", first);
  CHECK(again.says("hit"));
  CHECK(again.serial() > 2);
  CHECK(again.body == "[t1][lang=de][br, gzip][][k]");
  const Response other = member.get("/x?b=2", second);
  CHECK(other.says("hit"));
  CHECK(other.serial() > 2);
  CHECK(other.body == "[t2][][][de, en;q=0.990][]");
  CHECK(alone.origin.requests() == 4);
}

TEST_CASE("refresh: more than are fetched at a time") {
  Alone alone{with_windows(Millis{0}, Millis{0})};
  constexpr unsigned kMany = 12;
  const auto target = [](unsigned number) { return "/" + std::to_string(number); };
  for (unsigned i = 0; i < kMany; ++i) CHECK(alone.member.get(target(i)).status == 200);
  REQUIRE(alone.member.quiet());
  alone.member.purge(R"("namespaces": ["all"], "mode": "refresh")");
  REQUIRE(eventually([&] { return alone.origin.requests() == 2 * kMany; }));
  REQUIRE(alone.member.quiet());
  for (unsigned i = 0; i < kMany; ++i) {
    const Response response = alone.member.get(target(i));
    CHECK(response.says("hit"));
    CHECK(response.serial() > kMany);
  }
}

TEST_CASE("refresh: what no memory holds is fetched when somebody asks for it") {
  Alone alone{with_windows(Millis{0}, Millis{0})};
  alone.member.purge(kRefresh);
  CHECK(alone.member.get("/y").serial() == 1);
  CHECK(alone.member.get("/x").serial() == 2);
}

TEST_CASE("refresh: an origin that fails leaves what stale-if-error may serve") {
  Alone alone{with_windows(Millis{0}, Millis{30'000})};
  CHECK(alone.member.get("/x").serial() == 1);
  alone.origin.handle([](const OriginRequest& request) {
    return reply(request, {503, {}, "down"});
  });
  alone.member.purge(kRefresh);
  REQUIRE(eventually([&] { return alone.origin.requests() == 2; }));
  REQUIRE(alone.member.quiet());
  CHECK(alone.member.get("/x").serial() == 1);
  CHECK(alone.member.get("/x").says("detail=stale-if-error"));
}

TEST_CASE("a soft purge begins the window of stale-while-revalidate") {
  Alone alone{with_windows(Millis{30'000}, Millis{0})};
  Member& member = alone.member;
  CHECK(member.get("/x").serial() == 1);
  alone.clock.advance(40s);
  member.purge(kSoft);
  alone.clock.advance(29s);
  // Fresh by its age for a second no more, and stale since the purge for 29.
  const Response stale = member.get("/x");
  CHECK(stale.serial() == 1);
  CHECK(stale.says("hit"));
  REQUIRE(eventually([&] { return alone.origin.requests() == 2; }));
  REQUIRE(member.quiet());
  CHECK(member.get("/x").serial() == 2);

  member.purge(kSoft);
  alone.clock.advance(31s);
  CHECK(member.get("/x").serial() == 3);
}

TEST_CASE("a soft purge: without a window the origin is asked") {
  Alone alone{with_windows(Millis{0}, Millis{0})};
  CHECK(alone.member.get("/x").serial() == 1);
  alone.member.purge(kSoft);
  CHECK(alone.member.get("/x").serial() == 2);
  CHECK(alone.member.get("/x").says("hit"));
}

TEST_CASE("a soft purge begins the window of stale-if-error") {
  Alone alone{with_windows(Millis{0}, Millis{30'000})};
  CHECK(alone.member.get("/x").serial() == 1);
  alone.origin.handle([](const OriginRequest& request) {
    return reply(request, {503, {}, "down"});
  });
  alone.member.purge(kSoft);
  alone.clock.advance(29s);
  CHECK(alone.member.get("/x").says("detail=stale-if-error"));
  alone.clock.advance(2s);
  CHECK(alone.member.get("/x").status == 503);
}

TEST_CASE("a soft purge in Redis: the other proxy serves what is stale while it revalidates") {
  RedisServer redis;
  ScriptedOrigin origin;
  SystemClock clock;
  config::Config config = config_for(origin, redis);
  cache_of(config).stale_while_revalidate = 300s;
  Member a{config, clock};
  Member b{config, clock};
  CHECK(a.get("/x").serial() == 1);
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/x"); }));
  REQUIRE(a.quiet());
  a.purge(kSoft);
  CHECK(b.get("/x").serial() == 1);
  REQUIRE(eventually([&] { return origin.requests() == 2; }));
  REQUIRE(eventually([&] { return b.get("/x").serial() == 2; }));
  CHECK(origin.requests() == 2);
}

}  // namespace wf::test
