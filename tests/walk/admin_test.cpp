// The admin listener through real sockets: who may, what is answered, what it does.

#include "proxy/admin/admin_server.hpp"

#include <catch2/catch.hpp>

#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

constexpr const char* kToken = "a-token-of-tests";
const OwnedFields kBearer{{"Authorization", "Bearer a-token-of-tests"}};

config::Config with_admin(config::Config config) {
  config.admin.emplace();
  config.admin->address = {"127.0.0.1", 0, {}};
  config.admin->token = kToken;
  return config;
}

/// A proxy without Redis, and its admin listener.
struct Stage {
  Stage() : Stage(with_admin(config_for(ScriptedOrigin{}))) {}
  explicit Stage(config::Config settings) : proxy(with_origin(std::move(settings))) {
    admin.start();
  }

  Response ask_admin(const ClientRequest& request) { return ask(admin.port(), request); }
  Response order(std::string body, OwnedFields fields = kBearer) {
    return ask_admin({"POST", "/purge", std::move(fields), std::move(body)});
  }

  ScriptedOrigin origin;
  Proxy proxy;
  admin::AdminServer admin{proxy.server()};

 private:
  config::Config with_origin(config::Config settings) {
    settings.upstreams["origin"].servers = {origin.server()};
    return settings;
  }
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("PURGE on the admin listener takes one URL; on the public one it is 501") {
  Stage stage;
  CHECK(get(stage.proxy.port(), "/x").serial() == 1);
  CHECK(get(stage.proxy.port(), "/y").serial() == 2);
  CHECK(ask(stage.proxy.port(), {"PURGE", "/x", kBearer, {}}).status == 501);
  CHECK(get(stage.proxy.port(), "/x").serial() == 1);

  const Response purged = stage.ask_admin({"PURGE", "/x", kBearer, {}});
  CHECK(purged.status == 200);
  CHECK(contains(purged.body, R"("state":"local")"));
  CHECK(purged.field("Cache-Control") == "no-store");
  CHECK(get(stage.proxy.port(), "/x").serial() == 3);
  CHECK(get(stage.proxy.port(), "/y").serial() == 2);
}

TEST_CASE("admin paths are nothing special on the public listener") {
  Stage stage;
  const Response response = ask(stage.proxy.port(), {"POST", "/purge", kBearer, "{}"});
  CHECK(response.body == "POST /purge #1");
  CHECK(get(stage.proxy.port(), "/metrics").serial() == 2);
}

TEST_CASE("who has no token, or another, learns nothing and purges nothing") {
  Stage stage;
  CHECK(get(stage.proxy.port(), "/x").serial() == 1);
  const Response none = stage.ask_admin({"PURGE", "/x", {}, {}});
  CHECK(none.status == 401);
  CHECK(none.field("WWW-Authenticate") == "Bearer realm=\"warmfront\"");
  const OwnedFields wrong{{"Authorization", "Bearer another-token-0"}};
  CHECK(stage.order(R"({"urls": ["http://api.test/x"]})", wrong).status == 401);
  CHECK(stage.ask_admin({"GET", "/explain?url=http://api.test/x", {}, {}}).status == 401);
  CHECK(stage.ask_admin({"GET", "/health", {}, {}}).status == 200);
  CHECK(stage.ask_admin({"GET", "/metrics", {}, {}}).status == 200);
  CHECK(get(stage.proxy.port(), "/x").serial() == 1);
}

TEST_CASE("after ten failures the eleventh is not looked at") {
  FakeClock clock;
  ScriptedOrigin origin;
  Proxy proxy{with_admin(config_for(origin)), clock};
  admin::AdminServer admin{proxy.server()};
  admin.start();
  HttpClient client{admin.port()};
  for (int i = 0; i < 10; ++i) CHECK(client.ask({"PURGE", "/x", {}, {}}).status == 401);
  CHECK(client.ask({"PURGE", "/x", kBearer, {}}).status == 429);
  clock.advance(Millis{1000});
  CHECK(client.ask({"PURGE", "/x", kBearer, {}}).status == 200);
}

TEST_CASE("without a configured token the listener only shows") {
  config::Config config = with_admin(config_for(ScriptedOrigin{}));
  config.admin->token.clear();
  Stage stage{config};
  CHECK(stage.ask_admin({"PURGE", "/x", kBearer, {}}).status == 403);
  CHECK(stage.order(R"({"tags": ["t"]})").status == 403);
  CHECK(stage.ask_admin({"GET", "/health", {}, {}}).status == 200);
}

TEST_CASE("clients outside of the allowed ranges are refused, token or not") {
  config::Config config = with_admin(config_for(ScriptedOrigin{}));
  config.admin->allow = {config::kLoopback6};
  Stage stage{config};
  CHECK(stage.ask_admin({"GET", "/health", {}, {}}).status == 403);
  CHECK(stage.ask_admin({"PURGE", "/x", kBearer, {}}).status == 403);
}

TEST_CASE("an order that is none is told why") {
  Stage stage;
  const Response unknown = stage.order(R"({"tag": ["x"]})");
  CHECK(unknown.status == 400);
  CHECK(contains(unknown.body, R"(unknown member \"tag\" (did you mean \"tags\"?))"));
  CHECK(stage.order("").status == 400);
  CHECK(stage.order(R"({"urls": ["/x"]})").status == 400);
  CHECK(stage.ask_admin({"GET", "/purge", kBearer, {}}).status == 405);
  CHECK(stage.ask_admin({"POST", "/metrics", kBearer, "x"}).status == 405);
  CHECK(stage.ask_admin({"GET", "/nothing", kBearer, {}}).status == 404);
}

TEST_CASE("an order too large is refused before it is read") {
  Stage stage;
  HttpClient client{stage.admin.port()};
  client.send(
      "POST /purge HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a-token-of-tests\r\n"
      "Content-Length: 1048577\r\n\r\n");
  CHECK(client.read("POST").status == 413);
}

TEST_CASE("a client that does not finish its head, or its order, is told so") {
  config::Config config = with_admin(config_for(ScriptedOrigin{}));
  config.limits.header_timeout = 100ms;
  config.limits.body_timeout = 100ms;
  Stage stage{config};
  HttpClient head{stage.admin.port()};
  head.send("GET /health HTTP/1.1\r\nHo");
  CHECK(head.read().status == 408);
  HttpClient body{stage.admin.port()};
  body.send(
      "POST /purge HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a-token-of-tests\r\n"
      "Content-Length: 20\r\n\r\n{");
  CHECK(body.read("POST").status == 408);
}

TEST_CASE("a dry run counts what memory holds, and leaves it there") {
  Stage stage;
  for (const char* target : {"/a/1", "/a/2?q", "/ab", "/b"}) {
    CHECK(get(stage.proxy.port(), target).status == 200);
  }
  const auto dry = [&](const std::string& targets) {
    return stage.order("{" + targets + R"(, "host": "api.test", "dry_run": true})").body;
  };
  const std::string prefix = dry(R"("prefixes": ["/a"])");
  CHECK(contains(prefix, R"("looked_at":4,"matched":2)"));
  CHECK(contains(prefix, R"("http://api.test/a/1")"));
  CHECK(contains(prefix, R"("http://api.test/a/2?q")"));
  CHECK(contains(dry(R"("urls": ["/a/2?q"])"), R"("matched":1)"));
  CHECK(contains(dry(R"("urls": ["/a/2"])"), R"("matched":0)"));
  CHECK(contains(dry(R"("patterns": ["/a*"])"), R"("matched":3)"));
  CHECK(contains(dry(R"("namespaces": ["*"])"), R"("matched":4)"));
  CHECK(contains(dry(R"("tags": ["none"])"), R"("matched":0)"));
  const unsigned before = stage.origin.requests();
  CHECK(get(stage.proxy.port(), "/a/1").says("hit"));
  CHECK(stage.origin.requests() == before);
}

TEST_CASE("metrics count what happened") {
  Stage stage;
  CHECK(get(stage.proxy.port(), "/x").status == 200);
  CHECK(get(stage.proxy.port(), "/x").says("hit"));
  CHECK(stage.ask_admin({"PURGE", "/x", kBearer, {}}).status == 200);
  // An exchange is counted after its answer has left.
  REQUIRE(eventually([&] {
    const std::string text = stage.ask_admin({"GET", "/metrics", {}, {}}).body;
    return contains(text, R"(warmfront_requests_total{route="all",outcome="hit"} 1)") &&
           contains(text, R"(warmfront_requests_total{route="all",outcome="miss"} 1)");
  }));
  const Response metrics = stage.ask_admin({"GET", "/metrics", {}, {}});
  CHECK(metrics.field("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(contains(metrics.body, "warmfront_origin_requests_total 1\n"));
  CHECK(contains(metrics.body, "warmfront_memory_entries 1\n"));
  CHECK(contains(metrics.body, "warmfront_purges_total{by=\"admin\"} 1\n"));
  CHECK_FALSE(contains(metrics.body, "redis"));
}

TEST_CASE("explain says route, key, decision and why") {
  Stage stage;
  const auto explained = [&](const std::string& url) {
    return stage.ask_admin({"GET", "/explain?url=" + url, kBearer, {}}).body;
  };
  CHECK(contains(explained("http://api.test/x"), R"("why":"not in the memory of this proxy")"));
  CHECK(get(stage.proxy.port(), "/x").status == 200);
  const std::string stored = explained("http://api.test/x");
  INFO(stored);
  CHECK(contains(stored, R"("route":"all")"));
  CHECK(contains(stored, R"("key":"http://api.test/x")"));
  CHECK(contains(stored, R"("decision":"hit")"));
  CHECK(contains(stage.ask_admin({"GET", "/explain", kBearer, {}}).body, "expected /explain?url="));
  CHECK(contains(explained("x"), "the URL"));
}

TEST_CASE("health is ok, or degraded with the reason; never an error for Redis' sake") {
  RedisServer redis;
  ScriptedOrigin origin;
  Proxy proxy{with_admin(config_for(origin, redis))};
  admin::AdminServer admin{proxy.server()};
  admin.start();
  const auto health = [&] { return get(admin.port(), "/health"); };
  REQUIRE(eventually([&] { return contains(health().body, R"("status":"ok")"); }));
  CHECK(contains(health().body, R"("redis":"up")"));
  redis.kill();
  REQUIRE(eventually([&] { return contains(health().body, R"("status":"degraded")"); }));
  CHECK(health().status == 200);
  CHECK(contains(get(admin.port(), "/metrics").body, "warmfront_redis_links 2\n"));
}

TEST_CASE("the listener ends with what is open on it") {
  Stage stage;
  HttpClient idle{stage.admin.port()};
  HttpClient half{stage.admin.port()};
  half.send("POST /purge HTTP/1.1\r\n");
  stage.admin.stop();
  CHECK(idle.ended());
}

}  // namespace wf::test
