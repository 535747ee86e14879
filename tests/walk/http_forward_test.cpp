// What of a message passes, what stays here, and what is added (RFC 9110 §7.6; RFC 7239).

#include <catch2/catch.hpp>

#include "tests/walk/http_support.hpp"

namespace wf::test {

namespace {

OriginRequest seen_by(ScriptedOrigin& origin) { return origin.seen().back(); }

bool saw(const OriginRequest& request, std::string_view name) {
  return !request.field(name).empty();
}

std::string ask_raw(const Proxy& proxy, std::string_view head) {
  std::string bytes{head};
  bytes += "Connection: close\r\n\r\n";
  return converse(proxy.port(), bytes);
}

}  // namespace

TEST_CASE("fields of the hop stay on the hop: requests") {
  ScriptedOrigin origin;
  const auto caching = GENERATE(Caching::Off, Caching::On);
  const config::Config config = config_for(origin, caching);
  Proxy proxy{config};
  const Response response = get(proxy.port(), "/a",
                                {{"Connection", "keep-alive, X-Hop"},
                                 {"X-Hop", "1"},
                                 {"Keep-Alive", "timeout=5"},
                                 {"Proxy-Connection", "keep-alive"},
                                 {"Proxy-Authorization", "Basic x"},
                                 {"TE", "trailers"},
                                 {"Trailer", "X-T"},
                                 {"Upgrade", "websocket"},
                                 {"HTTP2-Settings", "x"},
                                 {"X-End-To-End", "1"}});
  REQUIRE(response.whole());
  const OriginRequest request = seen_by(origin);
  for (const char* name : {"Connection", "X-Hop", "Keep-Alive", "Proxy-Connection",
                           "Proxy-Authorization", "TE", "Trailer", "Upgrade", "HTTP2-Settings"}) {
    CAPTURE(name);
    CHECK_FALSE(saw(request, name));
  }
  CHECK(request.field("X-End-To-End") == "1");
  CHECK(request.field("Via") == "1.1 warmfront");
}

TEST_CASE("fields of the hop stay on the hop: answers") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200,
                           {{"Connection", "X-Hop"},
                            {"X-Hop", "1"},
                            {"Keep-Alive", "timeout=5"},
                            {"Proxy-Authenticate", "Basic"},
                            {"Upgrade", "h2c"},
                            {"Trailer", "X-T"},
                            {"Via", "1.0 behind"},
                            {"X-End-To-End", "1"}},
                           "ok"});
  }};
  const auto caching = GENERATE(Caching::Off, Caching::On);
  const config::Config config = config_for(origin, caching);
  Proxy proxy{config};
  for (int i = 0; i < 2; ++i) {
    const Response response = get(proxy.port(), "/a");
    REQUIRE(response.whole());
    for (const char* name :
         {"Connection", "X-Hop", "Keep-Alive", "Proxy-Authenticate", "Upgrade", "Trailer"}) {
      CAPTURE(name);
      CHECK_FALSE(response.has(name));
    }
    CHECK(response.field("X-End-To-End") == "1");
    CHECK(response.field("Via") == "1.0 behind");
    CHECK(response.fields.end() !=
          std::find_if(response.fields.begin(), response.fields.end(), [](const OwnedField& f) {
            return f.name == "Via" && f.value == "1.1 warmfront";
          }));
    CHECK(response.has("Date"));
    CHECK(response.has("Cache-Status"));
  }
}

TEST_CASE("who asks, and how, is told to the origin") {
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  const bool caches = GENERATE(false, true);
  if (caches) config = config_for(origin);
  config.via = "edge1";
  const OwnedFields claims{
      {"X-Forwarded-For", "203.0.113.9"},           {"X-Forwarded-Proto", "https"},
      {"X-Forwarded-Host", "public.test"},          {"X-Forwarded-Port", "443"},
      {"Forwarded", "for=203.0.113.9;proto=https"}, {"Via", "1.1 other"}};
  SECTION("the client's claims are not trusted") {
    Proxy proxy{config};
    REQUIRE(get(proxy.port(), "/a", claims).whole());
    const OriginRequest request = seen_by(origin);
    CHECK(request.field("X-Forwarded-For") == "127.0.0.1");
    CHECK(request.field("X-Forwarded-Proto") == "http");
    CHECK(request.field("X-Forwarded-Host") == "api.test");
    CHECK_FALSE(saw(request, "X-Forwarded-Port"));
    CHECK(request.field("Forwarded") == "for=127.0.0.1;host=api.test;proto=http");
    CHECK(request.field("Via") == "1.1 other");
    CHECK(request.fields.back().name == "Forwarded");
    CHECK(count(to_text({"GET", "/", request.fields, {}}), "Via: 1.1 edge1\r\n") == 1);
  }
  SECTION("they are, where the configuration says so and nothing is cached") {
    config.trusted_proxies = {config::kLoopback4};
    AccessLogFile log{config};
    Proxy proxy{config};
    REQUIRE(get(proxy.port(), "/a", claims).whole());
    const OriginRequest request = seen_by(origin);
    CHECK(has(log.line(1), "client", "203.0.113.9"));
    CHECK(request.field("X-Forwarded-For") == (caches ? "203.0.113.9" : "203.0.113.9, 127.0.0.1"));
    CHECK(request.field("X-Forwarded-Proto") == (caches ? "http" : "https"));
    CHECK(request.field("X-Forwarded-Host") == (caches ? "api.test" : "public.test"));
    CHECK(request.field("Forwarded") ==
          (caches ? "for=203.0.113.9;host=api.test;proto=http"
                  : "for=203.0.113.9;proto=https, for=127.0.0.1;host=api.test;proto=http"));
  }
}

TEST_CASE("Host goes on as the client said it, or as the upstream is configured") {
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  SECTION("the client's, in its canonical form") {
    Proxy proxy{config};
    REQUIRE(get(proxy.port(), "/a", {{"Host", "API.Example.:80"}}).whole());
    CHECK(seen_by(origin).field("Host") == "api.example");
  }
  SECTION("with a port that is not the scheme's") {
    Proxy proxy{config};
    REQUIRE(get(proxy.port(), "/a", {{"Host", "a.example:8080"}}).whole());
    CHECK(seen_by(origin).field("Host") == "a.example:8080");
  }
  SECTION("the upstream's") {
    upstream_of(config).host = "internal.test";
    Proxy proxy{config};
    REQUIRE(get(proxy.port(), "/a").whole());
    CHECK(seen_by(origin).field("Host") == "internal.test");
    CHECK(seen_by(origin).field("X-Forwarded-Host") == "api.test");
  }
}

TEST_CASE("Host policy") {
  ScriptedOrigin origin;
  config::Config config = pass_config(origin);
  config.listen.front().hosts = {"a.example", "*.b.example"};
  Proxy proxy{std::move(config)};
  const auto status = [&](std::string_view head) { return ask_raw(proxy, head).substr(9, 3); };
  CHECK(status("GET / HTTP/1.1\r\nHost: a.example\r\n") == "200");
  CHECK(status("GET / HTTP/1.1\r\nHost: A.Example:8080\r\n") == "200");
  CHECK(status("GET / HTTP/1.1\r\nHost: x.b.example\r\n") == "200");
  CHECK(status("GET http://a.example/x HTTP/1.1\r\nHost: a.example\r\n") == "200");
  CHECK(seen_by(origin).target == "/x");
  CHECK(seen_by(origin).field("Host") == "a.example");
  CHECK(status("OPTIONS * HTTP/1.1\r\nHost: a.example\r\n") == "200");
  CHECK(seen_by(origin).target == "*");
  const unsigned before = origin.requests();
  CHECK(status("GET / HTTP/1.1\r\nHost: c.example\r\n") == "421");
  CHECK(status("GET / HTTP/1.1\r\nHost: b.example\r\n") == "421");
  CHECK(status("GET http://c.example/ HTTP/1.1\r\nHost: c.example\r\n") == "421");
  CHECK(status("GET http://c.example/ HTTP/1.1\r\nHost: a.example\r\n") == "400");
  CHECK(status("GET / HTTP/1.1\r\n") == "400");
  CHECK(status("GET / HTTP/1.1\r\nHost: a.example\r\nHost: a.example\r\n") == "400");
  CHECK(status("GET / HTTP/1.1\r\nHost: a.example/x\r\n") == "400");
  CHECK(origin.requests() == before);
}

TEST_CASE("QUERY goes where a route names it, and nowhere else") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200, {}, request.method + " " + request.body});
  }};
  config::Config config = pass_config(origin);
  SECTION("no route names it") {
    Proxy proxy{config};
    CHECK(ask(proxy.port(), {"QUERY", "/search", {}, "q"}).status == 501);
  }
  SECTION("one does") {
    config::Route& search = add_route(config, "search", "/search");
    search.match.methods = {"QUERY"};
    Proxy proxy{config};
    CHECK(ask(proxy.port(), {"QUERY", "/search", {}, "q"}).body == "QUERY q");
    CHECK(ask(proxy.port(), {"QUERY", "/elsewhere", {}, "q"}).status == 404);
    CHECK(origin.requests() == 1);
  }
}

TEST_CASE("a body in GET, HEAD or DELETE") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200, {}, request.method + " " + request.body});
  }};
  config::Config config = config_for(origin);
  SECTION("is refused (F9)") {
    Proxy proxy{config};
    for (const char* method : {"GET", "HEAD", "DELETE"}) {
      HttpClient client{proxy.port()};
      CHECK(client.ask({method, "/a", {}, "body"}).status == 400);
      CHECK(client.ended());
    }
    CHECK(origin.requests() == 0);
  }
  SECTION("is passed on where the route allows it, and nothing is cached") {
    config.routes.back().allow_get_body = true;
    Proxy proxy{config};
    HttpClient client{proxy.port()};
    for (int i = 0; i < 2; ++i) CHECK(client.ask({"GET", "/a", {}, "body"}).body == "GET body");
    CHECK(origin.requests() == 2);
    CHECK(client.get("/a").body == "GET ");
    CHECK(client.get("/a").says("hit"));
    CHECK(client.ask({"GET", "/a", {}, "more"}).body == "GET more");
  }
}

}  // namespace wf::test
