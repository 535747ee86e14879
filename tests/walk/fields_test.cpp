// Which fields of an answer are stored, and which say for how long.

#include <catch2/catch.hpp>

#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

TEST_CASE("RFC 9111 §3.1: all fields are stored but those of one connection") {
  const OwnedFields kept{{"Test-Header", "1"},
                         {"Content-Foo", "1"},
                         {"Content-Location", "/bar"},
                         {"Content-MD5", "N7UdGUp1E+RbVvZSTy1R8g=="},
                         {"Content-Range", "odd"},
                         {"Content-Security-Policy", "default-src 'self'"},
                         {"Content-Type", "text/plain;charset=utf-8"},
                         {"Clear-Site-Data", "cookies"},
                         {"ETag", "\"a\""},
                         {"Expires", "Mon, 11 Jan 2038 11:11:11 GMT"},
                         {"Public-Key-Pins", "1"},
                         {"Set-Cookie", "a=c"},
                         {"Set-Cookie2", "a=c"},
                         {"X-Frame-Options", "sameorigin"}};
  const OwnedFields dropped{{"Connection", "a, b"},
                            {"a", "1"},
                            {"b", "2"},
                            {"Keep-Alive", "timeout=5"},
                            {"Proxy-Authenticate", "Basic"},
                            {"Proxy-Authentication-Info", "1"},
                            {"Proxy-Authorization", "1"},
                            {"Proxy-Connection", "keep-alive"},
                            {"TE", "trailers"}};
  OwnedFields fields = kept;
  fields.insert(fields.end(), dropped.begin(), dropped.end());
  fields.push_back({"Cache-Control", "max-age=3600"});
  ScriptedOrigin origin{answering(fields)};
  config::Config config = config_for(origin);
  cache_of(config).set_cookie = config::SetCookieRule::Store;
  Proxy proxy{config};
  CHECK(get(proxy.port(), "/a").status == 200);
  const Response hit = get(proxy.port(), "/a");
  REQUIRE(hit.says("hit"));
  CHECK(hit.status == 200);
  for (const OwnedField& field : kept) {
    INFO(field.name);
    CHECK(hit.field(field.name) == field.value);
  }
  for (const OwnedField& field : dropped) {
    INFO(field.name);
    CHECK(hit.field(field.name) != field.value);
  }
}

TEST_CASE("RFC 9213 §2.2: a targeted field counts in place of Cache-Control and Expires") {
  const char* const kDate = "Sat, 01 Jan 2022 00:00:00 GMT";
  const auto twice = [&](OwnedFields fields) {
    ScriptedOrigin origin{answering(std::move(fields))};
    FakeClock clock;
    config::Config config = config_for(origin);
    cache_of(config).ttl.reset();
    Proxy proxy{config, clock};
    CHECK(get(proxy.port(), "/a").serial() == 1);
    REQUIRE(eventually([&] { return proxy.fills() == 0; }));
    clock.advance(3s);
    return get(proxy.port(), "/a");
  };
  SECTION("it permits what they forbid, and everything is passed on as it came") {
    const Response hit = twice({{"CDN-Cache-Control", "max-age=10000"},
                                {"Cache-Control", "no-store"},
                                {"Expires", kDate}});
    CHECK(hit.says("hit"));
    CHECK(hit.field("Age") == "3");
    CHECK(hit.field("CDN-Cache-Control") == "max-age=10000");
    CHECK(hit.field("Cache-Control") == "no-store");
    CHECK(hit.field("Expires") == kDate);
    CHECK(hit.has("Date"));
  }
  SECTION("it forbids what they permit") {
    CHECK(twice({{"CDN-Cache-Control", "max-age=1"}, {"Cache-Control", "max-age=3600"}}).serial() ==
          2);
    CHECK(twice({{"CDN-Cache-Control", "private"}, {"Cache-Control", "max-age=3600"}}).serial() ==
          2);
    CHECK(twice({{"CDN-Cache-Control", "no-cache"}, {"Cache-Control", "max-age=3600"}}).serial() ==
          2);
  }
  SECTION("RFC 9111 §4.2.3: the age that it had already") {
    CHECK(twice({{"CDN-Cache-Control", "max-age=3600"}, {"Age", "7200"}}).serial() == 2);
  }
  SECTION("RFC 9213 §2.1: one that is malformed does not count") {
    CHECK(twice({{"CDN-Cache-Control", "max-age=10000, &&&&&"}, {"Cache-Control", "no-store"}})
              .serial() == 2);
    CHECK(twice({{"CDN-Cache-Control", "max-age=\"10000\""}, {"Cache-Control", "no-store"}})
              .serial() == 2);
  }
}

TEST_CASE("RFC 9110 §15.2: of an interim answer nothing is stored") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return Script{}
        .send(
            "HTTP/1.1 102 Processing\r\n\r\n"
            "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX-Early: 1\r\n\r\n")
        .send(to_text({200, {{"Cache-Control", "max-age=3600"}}, "body"}, request.serial));
  }};
  Proxy proxy{config_for(origin)};
  HttpClient client{proxy.port()};
  const Response first = client.get("/a");
  CHECK(first.interim == std::vector<unsigned>{102, 103});
  CHECK_FALSE(first.has("X-Early"));
  const Response hit = client.get("/a");
  CHECK(hit.says("hit"));
  CHECK(hit.interim.empty());
  CHECK_FALSE(hit.has("X-Early"));
  CHECK_FALSE(hit.has("Link"));
}

TEST_CASE("RFC 9111 §4.2.4: nothing is served stale where the origin forbids it") {
  for (const char* directive : {"must-revalidate", "proxy-revalidate", "no-cache", "s-maxage=2"}) {
    INFO(directive);
    const std::string value = std::string{"max-age=2, "} + directive;
    ScriptedOrigin origin{answering({{"Cache-Control", value}, {"ETag", "\"a\""}})};
    config::Config config = config_for(origin);
    cache_of(config).stale_if_error = 10min;
    cache_of(config).stale_while_revalidate = 10min;
    FakeClock clock;
    Proxy proxy{config, clock};
    CHECK(get(proxy.port(), "/a").serial() == 1);
    REQUIRE(eventually([&] { return proxy.fills() == 0; }));
    clock.advance(3s);
    origin.handle([](const OriginRequest&) { return Script{}.close(); });
    const Response failed = get(proxy.port(), "/a");
    CHECK(failed.status == 502);
    CHECK(failed.serial() == 0);
  }
}

}  // namespace wf::test
