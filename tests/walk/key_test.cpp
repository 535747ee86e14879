// Who may share an answer with whom: queries, credentials, cookies, Vary (design §4).

#include <catch2/catch.hpp>

#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

Handler varying(std::string gate) {
  return [gate = std::move(gate)](const OriginRequest& request) {
    Answer answer{200, {{"Vary", "X-Kind"}}, "kind " + std::string{request.field("X-Kind")}};
    return Script{}.hold(gate).send(to_text(answer, request.serial));
  };
}

OwnedFields kind(std::string value) { return {{"X-Kind", std::move(value)}}; }

}  // namespace

TEST_CASE("what of the query is keyed is what the origin sees") {
  ScriptedOrigin origin;
  config::Config config = config_for(origin);
  add_route(config, "included", "/in").cache->query.include = {"page", "size"};
  add_route(config, "excluded", "/out").cache->query.exclude = {"utm"};
  for (config::Route& route : config.routes) route.cache->ttl = 60s;
  Proxy proxy{config};
  HttpClient client{proxy.port()};

  CHECK(client.get("/in?utm=1&size=5&page=2").body == "GET /in?page=2&size=5 #1");
  CHECK(client.get("/in?page=2&size=5&utm=2").says("hit"));
  CHECK(client.get("/in?page=3&size=5").serial() == 2);
  CHECK(client.get("/out?utm=1&b=2&a=1").body == "GET /out?a=1&b=2 #3");
  CHECK(client.get("/out?a=1&utm=2&b=2").says("hit"));
  CHECK(client.get("/out?a=1&b=3").serial() == 4);
  CHECK(client.get("/other?b=1&a=2").body == "GET /other?a=2&b=1 #5");
}

TEST_CASE("user B never sees what user A was answered") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200, {}, "for " + std::string{request.field("Authorization")}});
  }};
  Proxy proxy{config_for(origin)};
  HttpClient client{proxy.port()};
  CHECK(client.get("/me", {{"Authorization", "Basic QQ=="}}).body == "for Basic QQ==");
  CHECK(client.get("/me", {{"Authorization", "Basic Qg=="}}).body == "for Basic Qg==");
  CHECK(client.get("/me").body == "for ");
  CHECK(client.get("/me", {{"Authorization", "Basic QQ=="}}).body == "for Basic QQ==");
  CHECK(origin.requests() == 4);
  CHECK(client.get("/me").says("hit"));
}

TEST_CASE("users who ask at once are not collapsed") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    const Answer answer{200, {}, "for " + std::string{request.field("Authorization")}};
    return Script{}.hold("go").send(to_text(answer, request.serial));
  }};
  Proxy proxy{config_for(origin)};
  HttpClient a{proxy.port()};
  HttpClient b{proxy.port()};
  HttpClient anybody{proxy.port()};
  a.send(ClientRequest{"GET", "/me", {{"Authorization", "Basic QQ=="}}, {}});
  b.send(ClientRequest{"GET", "/me", {{"Authorization", "Basic Qg=="}}, {}});
  anybody.send(ClientRequest{"GET", "/me", {}, {}});
  REQUIRE(origin.wait_held("go", 3));
  origin.release("go");
  CHECK(a.read().body == "for Basic QQ==");
  CHECK(b.read().body == "for Basic Qg==");
  CHECK(anybody.read().body == "for ");
}

TEST_CASE("an answer that says public is shared among users") {
  ScriptedOrigin origin{answering({{"Cache-Control", "public, max-age=60"}})};
  Proxy proxy{config_for(origin)};
  HttpClient client{proxy.port()};
  CHECK(client.get("/a", {{"Authorization", "Basic QQ=="}}).serial() == 1);
  CHECK(client.get("/a", {{"Authorization", "Basic Qg=="}}).says("hit"));
  CHECK(client.get("/a").says("hit"));
}

TEST_CASE("cookies bypass, are dropped, or are keyed") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200, {}, "cookie " + std::string{request.field("Cookie")}});
  }};
  config::Config config = config_for(origin);
  config::Cache& ignoring = *add_route(config, "ignored", "/ignored").cache;
  ignoring.cookies.mode = config::CookieRule::Mode::Ignore;
  ignoring.ttl = 60s;
  config::Cache& keying = *add_route(config, "keyed", "/keyed").cache;
  keying.cookies = {config::CookieRule::Mode::Key, {"session"}};
  keying.ttl = 60s;
  Proxy proxy{config};
  HttpClient client{proxy.port()};

  CHECK(client.get("/a", {{"Cookie", "session=A"}}).body == "cookie session=A");
  CHECK(client.get("/a", {{"Cookie", "session=B"}}).body == "cookie session=B");
  CHECK(client.get("/a").body == "cookie ");

  CHECK(client.get("/ignored", {{"Cookie", "session=A"}}).body == "cookie ");
  CHECK(client.get("/ignored", {{"Cookie", "session=B"}}).says("hit"));

  CHECK(client.get("/keyed", {{"Cookie", "x=1; session=A"}}).body == "cookie session=A");
  CHECK(client.get("/keyed", {{"Cookie", "session=B"}}).body == "cookie session=B");
  const Response again = client.get("/keyed", {{"Cookie", "session=A; x=2"}});
  CHECK(again.says("hit"));
  CHECK(again.body == "cookie session=A");
}

TEST_CASE("variants are stored side by side, and found by another proxy") {
  RedisServer redis;
  ScriptedOrigin origin{varying("open")};
  origin.release("open");
  Proxy a{config_for(origin, redis)};
  CHECK(get(a.port(), "/v", kind("x")).body == "kind x");
  CHECK(get(a.port(), "/v", kind("y")).body == "kind y");
  const Response none = get(a.port(), "/v");
  CHECK(none.body == "kind ");
  CHECK(none.says("fwd=vary-miss"));
  a.restart();
  Proxy b{config_for(origin, redis)};
  for (Proxy* proxy : {&a, &b}) {
    HttpClient client{proxy->port()};
    for (const std::string value : {"x", "y"}) {
      const Response found = client.get("/v", kind(value));
      CHECK(found.body == "kind " + value);
      CHECK(found.says("detail=redis"));
      CHECK(client.get("/v", kind(value)).says("detail=memory"));
    }
    CHECK(client.get("/v").says("hit"));
  }
  CHECK(origin.requests() == 3);
}

TEST_CASE("a follower of another variant gets its own") {
  ScriptedOrigin origin{varying("go")};
  Proxy proxy{config_for(origin)};
  HttpClient leader{proxy.port()};
  leader.send(ClientRequest{"GET", "/v", kind("x"), {}});
  REQUIRE(origin.wait_held("go"));
  Crowd others{{proxy.port()}, 20};
  others.send({"GET", "/v", kind("y"), {}});
  REQUIRE(eventually([&] { return proxy.waiting("/v") == 21; }));
  origin.release("go");
  CHECK(leader.read().body == "kind x");
  const std::vector<Response> responses = others.read();
  CHECK(whole(responses) == 20);
  CHECK(bodies(responses) == std::set<std::string>{"kind y"});
  CHECK(origin.requests() == 2);
}

}  // namespace wf::test
