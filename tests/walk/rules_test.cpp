// Rules of the RFCs that need more than one exchange to be seen.

#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/walk/http_client.hpp"
#include "tests/walk/proxy.hpp"

namespace wf::test {

namespace {

/// Answers each request with the next of `answers`, and with the last one from then on.
Handler in_turn(std::vector<Answer> answers) {
  return [answers](const OriginRequest& request) {
    const std::size_t last = answers.size() - 1;
    return reply(request, answers[std::min<std::size_t>(request.serial - 1, last)]);
  };
}

Answer fresh_for(const char* seconds, OwnedFields fields = {}, std::string body = "body") {
  fields.push_back({"Cache-Control", std::string{"max-age="} + seconds});
  return {200, std::move(fields), std::move(body)};
}

/// The same as a body of unknown length: its end is not known before everything is stored.
Script chunked(const Answer& answer) {
  std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n";
  for (const OwnedField& field : answer.fields) text += field.name + ": " + field.value + "\r\n";
  return Script{}.send(text + "\r\n" + std::to_string(answer.body.size()) + "\r\n" + answer.body +
                       "\r\n0\r\n\r\n");
}

long lines_of(const Response& response, std::string_view name) {
  return std::count_if(response.fields.begin(), response.fields.end(),
                       [&](const OwnedField& field) { return field.name == name; });
}

}  // namespace

TEST_CASE("RFC 9111 §4.3.5: a HEAD freshens the stored answer to GET") {
  ScriptedOrigin origin{in_turn({fresh_for("5", {{"A", "1"}, {"B", "1"}}),
                                 fresh_for("100", {{"A", "2"}}), fresh_for("100")})};
  FakeClock clock;
  Proxy proxy{config_for(origin), clock};
  HttpClient client{proxy.port()};
  REQUIRE(client.get("/a").serial() == 1);
  clock.advance(6s);
  const Response head = client.ask({"HEAD", "/a"});
  CHECK(head.field("A") == "2");
  const Response hit = client.get("/a");
  CHECK(hit.says("hit"));
  CHECK(hit.body == "body");
  CHECK(hit.field("A") == "2");
  CHECK(hit.field("B") == "1");
  CHECK(lines_of(hit, "Via") == 1);
  CHECK(origin.requests() == 2);
}

TEST_CASE("RFC 9111 §4.3.5: a HEAD that tells of a change makes the stored answer stale") {
  ScriptedOrigin origin{
      in_turn({fresh_for("5", {{"ETag", "\"1\""}}), fresh_for("100", {{"ETag", "\"2\""}}),
               fresh_for("100", {{"ETag", "\"2\""}}, "other")})};
  FakeClock clock;
  Proxy proxy{config_for(origin), clock};
  HttpClient client{proxy.port()};
  REQUIRE(client.get("/a").serial() == 1);
  clock.advance(6s);
  REQUIRE(client.ask({"HEAD", "/a"}).status == 200);
  const Response changed = client.get("/a");
  CHECK(changed.body == "other");
  CHECK(origin.requests() == 3);
  CHECK(origin.seen().back().field("If-None-Match") == "\"1\"");
}

TEST_CASE("RFC 9110 §9.3.3: a POST that says so is stored for GET") {
  ScriptedOrigin origin{in_turn(
      {fresh_for("60", {{"Content-Location", "/a"}}, "posted"), fresh_for("60", {}, "got")})};
  Proxy proxy{config_for(origin)};
  HttpClient client{proxy.port()};
  SECTION("with its own URI in Content-Location") {
    REQUIRE(client.ask({"POST", "/a", {}, "x"}).body == "posted");
    const Response hit = client.get("/a");
    CHECK(hit.says("hit"));
    CHECK(hit.body == "posted");
  }
  SECTION("not with another one") {
    REQUIRE(client.ask({"POST", "/b", {}, "x"}).body == "posted");
    CHECK(client.get("/b").body == "got");
  }
}

TEST_CASE("RFC 9110 §9.3.3: also in Redis") {
  RedisServer redis;
  ScriptedOrigin origin{[](const OriginRequest&) {
    return chunked(fresh_for("60", {{"Content-Location", "/a"}}, "posted"));
  }};
  Proxy proxy{config_for(origin, redis)};
  Proxy other{config_for(origin, redis)};
  REQUIRE(ask(proxy.port(), {"POST", "/a", {}, "x"}).body == "posted");
  REQUIRE(eventually([&] { return other.knows_purges_of(proxy); }));
  const Response hit = get(other.port(), "/a");
  CHECK(hit.body == "posted");
  CHECK(hit.says("detail=redis"));
  CHECK(origin.requests() == 1);
}

TEST_CASE("a POST is not stored when another write may have come after it") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    const Answer answer = fresh_for("60", {{"Content-Location", "/a"}}, request.method);
    if (request.method != "POST") return reply(request, answer);
    return Script{}.hold("post").send(to_text(answer, request.serial));
  }};
  Proxy proxy{config_for(origin)};
  HttpClient slow{proxy.port()};
  REQUIRE(slow.send(ClientRequest{"POST", "/a", {}, "x"}));
  REQUIRE(origin.wait_held("post"));
  REQUIRE(ask(proxy.port(), {"PUT", "/a", {}, "y"}).status == 200);
  origin.release("post");
  REQUIRE(slow.read("POST").body == "POST");
  CHECK(get(proxy.port(), "/a").body == "GET");
}

TEST_CASE("RFC 9111 §4.1: an answer is found by the one language it is in") {
  RedisServer redis;
  ScriptedOrigin origin{[](const OriginRequest& request) {
    const bool first = request.serial == 1;
    return chunked(
        fresh_for("60", {{"Vary", "Accept-Language"}, {"Content-Language", first ? "de" : "fr"}},
                  first ? "Hallo" : "Salut"));
  }};
  const auto asked = [](Proxy& proxy, const char* languages) {
    return get(proxy.port(), "/a", {{"Accept-Language", languages}}).body;
  };
  Proxy proxy{config_for(origin, redis)};
  REQUIRE(asked(proxy, "en, de") == "Hallo");
  CHECK(asked(proxy, "fr;q=0.5, de") == "Hallo");
  CHECK(origin.requests() == 1);
  CHECK(asked(proxy, "fr, de;q=0.5") == "Salut");
  CHECK(asked(proxy, "en, de") == "Hallo");
  CHECK(origin.requests() == 2);
  proxy.restart();
  CHECK(asked(proxy, "de, it;q=0.1") == "Hallo");
  CHECK(origin.requests() == 2);
}

TEST_CASE("RFC 9110 §15.2: interim answers reach the client whose request fills the cache") {
  ScriptedOrigin origin;
  origin.next_connection(Script{}.read_request().send(
      "HTTP/1.1 103 Early Hints\r\nLink: </s.css>; rel=preload\r\n\r\n"
      "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\n\r\nok"));
  Proxy proxy{config_for(origin)};
  HttpClient client{proxy.port()};
  const Response miss = client.get("/a");
  CHECK(miss.interim == std::vector<unsigned>{103});
  CHECK(miss.body == "ok");
  const Response hit = client.get("/a");
  CHECK(hit.interim.empty());
  CHECK(hit.says("hit"));
}

TEST_CASE("RFC 9111 §5.2.2.7: fields of private=\"…\" are for the client that asked") {
  ScriptedOrigin origin{in_turn({Answer{
      200, {{"Cache-Control", "max-age=60, private=\"a\""}, {"A", "1"}, {"B", "1"}}, "ok"}})};
  Proxy proxy{config_for(origin)};
  HttpClient client{proxy.port()};
  const Response miss = client.get("/a");
  CHECK(miss.field("A") == "1");
  const Response hit = client.get("/a");
  REQUIRE(hit.says("hit"));
  CHECK_FALSE(hit.has("A"));
  CHECK(hit.field("B") == "1");
}

TEST_CASE("RFC 9110 §6.6.1, RFC 9111 §3.2: a 304 without Date, time and again") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    const bool first = request.field("If-None-Match").empty();
    const OwnedFields fields{{"Cache-Control", "max-age=5"}, {"ETag", "\"1\""}};
    if (first) return reply(request, {200, fields, "body"});
    return Script{}.send("HTTP/1.1 304 Not Modified\r\nCache-Control: max-age=5\r\n\r\n");
  }};
  FakeClock clock;
  Proxy proxy{config_for(origin), clock};
  HttpClient client{proxy.port()};
  REQUIRE(client.get("/a").body == "body");
  for (int round = 0; round < 3; ++round) {
    clock.advance(6s);
    CHECK(client.get("/a").says("fwd=stale"));
    const Response hit = client.get("/a");
    CHECK(hit.says("hit"));
    CHECK(hit.field("Age") == "0");
    CHECK(lines_of(hit, "Via") == 1);
  }
  CHECK(origin.requests() == 4);
}

TEST_CASE("RFC 9111 §4.4: a method that only a route knows invalidates") {
  ScriptedOrigin origin;
  config::Config config = config_for(origin);
  config.routes.front().match.methods = {"GET", "M-SEARCH"};
  Proxy proxy{config};
  HttpClient client{proxy.port()};
  REQUIRE(client.get("/a").serial() == 1);
  REQUIRE(client.get("/a").serial() == 1);
  REQUIRE(client.ask({"M-SEARCH", "/a"}).serial() == 2);
  CHECK(client.get("/a").serial() == 3);
}

}  // namespace wf::test
