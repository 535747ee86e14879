// QUERY is cached where a route names it, keyed on its content (RFC 10008 §2.7).

#include <catch2/catch.hpp>

#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

config::Config query_config(const ScriptedOrigin& origin) {
  config::Config config = config_for(origin);
  config::Route& search = add_route(config, "search", "/search");
  search.match.methods = {"GET", "QUERY", "POST"};
  search.cache->ttl = 60s;
  return config;
}

Script answer_query(const OriginRequest& request) {
  return reply(request, {200, {}, request.method + " " + request.body});
}

Response query(HttpClient& client, std::string content, OwnedFields fields = {}) {
  return client.ask({"QUERY", "/search", std::move(fields), std::move(content)});
}

}  // namespace

TEST_CASE("RFC 10008 §2.7: one answer for each content") {
  ScriptedOrigin origin{answer_query};
  Proxy proxy{query_config(origin)};
  HttpClient client{proxy.port()};
  CHECK(query(client, "a").body == "QUERY a");
  const Response hit = query(client, "a");
  CHECK(hit.says("hit"));
  CHECK(hit.body == "QUERY a");
  CHECK(query(client, "b").body == "QUERY b");
  CHECK(query(client, "").body == "QUERY ");
  CHECK(query(client, "").says("hit"));
  CHECK(origin.requests() == 3);
  CHECK(query(client, "a", {{"Content-Type", "text/other"}}).serial() == 4);
  // GET of the same URI is another question.
  CHECK(client.get("/search").body == "GET ");
  CHECK(query(client, "a").serial() == 1);
}

TEST_CASE("RFC 10008 §2.7: content in chunks is the same content") {
  ScriptedOrigin origin{answer_query};
  Proxy proxy{query_config(origin)};
  HttpClient client{proxy.port()};
  CHECK(query(client, "abc").serial() == 1);
  REQUIRE(
      client.send("QUERY /search HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n"
                  "\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"));
  const Response hit = client.read();
  CHECK(hit.serial() == 1);
  CHECK(hit.says("hit"));
  REQUIRE(
      client.send("QUERY /search HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n"
                  "\r\n1\r\nx\r\n2\r\nyz\r\n0\r\n\r\n"));
  CHECK(client.read().body == "QUERY xyz");
  REQUIRE(
      client.send("QUERY /search HTTP/1.1\r\nHost: api.test\r\nTransfer-Encoding: chunked\r\n"
                  "\r\n0\r\n\r\n"));
  CHECK(client.read().body == "QUERY ");
}

TEST_CASE("a hundred clients with one QUERY are one request") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return Script{}.hold("answer").send(to_text({200, {}, request.body}, request.serial));
  }};
  Proxy proxy{query_config(origin)};
  Crowd crowd{{proxy.port()}, 100};
  crowd.send({"QUERY", "/search", {}, "q"});
  REQUIRE(origin.wait_held("answer"));
  REQUIRE(eventually([&] { return proxy.fills() == 1; }));
  origin.release("answer");
  const std::vector<Response> answers = crowd.read();
  CHECK(whole(answers) == 100);
  CHECK(bodies(answers) == std::set<std::string>{"q"});
  CHECK(origin.requests() == 1);
}

TEST_CASE("a QUERY too large to be keyed on is passed on whole") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200, {}, std::to_string(request.body_size)});
  }};
  Proxy proxy{query_config(origin)};
  HttpClient client{proxy.port()};
  const std::string content(100'000, 'q');
  for (unsigned serial = 1; serial <= 2; ++serial) {
    const Response passed = query(client, content);
    CHECK(passed.body == "100000");
    CHECK(passed.serial() == serial);
    CHECK(passed.says("fwd=bypass"));
  }
}

TEST_CASE("a QUERY whose answer is not stored is sent with its content by everyone") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200, {{"Cache-Control", "no-store"}}, request.body});
  }};
  Proxy proxy{query_config(origin)};
  HttpClient client{proxy.port()};
  CHECK(query(client, "a").body == "a");
  CHECK(query(client, "a").body == "a");
  CHECK(query(client, "a", {{"Range", "bytes=0-0"}}).body == "a");
  CHECK(query(client, "a", {{"Cache-Control", "no-store"}}).body == "a");
  CHECK(query(client, "a", {{"Expect", "100-continue"}}).body == "a");
  CHECK(origin.requests() == 5);
}

TEST_CASE("a stale QUERY is asked anew, without a condition") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200, {{"ETag", "\"v\""}}, request.body});
  }};
  FakeClock clock;
  Proxy proxy{query_config(origin), clock};
  HttpClient client{proxy.port()};
  CHECK(query(client, "a").serial() == 1);
  REQUIRE(eventually([&] { return proxy.fills() == 0; }));
  clock.advance(61s);
  const Response anew = query(client, "a");
  CHECK(anew.serial() == 2);
  CHECK(anew.body == "a");
  CHECK(origin.seen().back().field("If-None-Match").empty());
}

TEST_CASE("RFC 9111 §4.4: a write to the URI makes the answers to its QUERYs invalid") {
  RedisServer redis;
  ScriptedOrigin origin{answer_query};
  config::Config config = query_config(origin);
  config.store.redis = config_for(origin, redis).store.redis;
  Proxy proxy{config};
  HttpClient client{proxy.port()};
  CHECK(query(client, "a").serial() == 1);
  CHECK(client.ask({"POST", "/search", {}, "x"}).status == 200);
  CHECK(query(client, "a").serial() == 3);
}

}  // namespace wf::test
