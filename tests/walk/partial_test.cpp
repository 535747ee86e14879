// Parts of a representation, stored and used (RFC 9111 §3.3, §3.4; RFC 9110 §14, §15.3.7).

#include <catch2/catch.hpp>

#include "proxy/server/shared.hpp"
#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

constexpr std::string_view kWhole = "0123456789";

/// 206 with what it says and what it brings, which are usually the same.
Answer part(const char* range, std::string body, OwnedFields fields = {}) {
  fields.push_back({"Content-Range", std::string{"bytes "} + range});
  return {206, std::move(fields), std::move(body)};
}

/// An origin of "0123456789" that knows ranges of the two kinds that these tests ask for, and
/// If-Range with its entity tag.
Handler ranged(std::string etag) {
  return [etag](const OriginRequest& request) {
    const OwnedFields fields{{"ETag", etag}, {"X-Note", std::to_string(request.serial)}};
    const std::string_view range = request.field("Range");
    const std::string_view condition = request.field("If-Range");
    if (range.empty() || (!condition.empty() && condition != etag)) {
      return reply(request, {200, fields, std::string{kWhole}});
    }
    const std::string text{range.substr(range.find('=') + 1)};
    const std::size_t dash = text.find('-');
    const std::size_t first = std::stoul(text);
    const std::size_t last = dash + 1 < text.size() ? std::stoul(text.substr(dash + 1)) : 9;
    const std::string said = std::to_string(first) + '-' + std::to_string(last) + "/10";
    return reply(request,
                 part(said.c_str(), std::string{kWhole.substr(first, last - first + 1)}, fields));
  };
}

Response ranges_of(HttpClient& client, const char* range, OwnedFields fields = {}) {
  fields.push_back({"Range", std::string{"bytes="} + range});
  return client.ask({"GET", "/a", std::move(fields)});
}

}  // namespace

TEST_CASE("RFC 9111 §3.3: a stored part answers ranges within it, and nothing else") {
  ScriptedOrigin origin{ranged("\"v\"")};
  Proxy proxy{config_for(origin)};
  HttpClient client{proxy.port()};
  const Response first = ranges_of(client, "2-6");
  CHECK(first.status == 206);
  CHECK(first.body == "23456");
  const Response hit = ranges_of(client, "3-4");
  CHECK(hit.status == 206);
  CHECK(hit.says("hit"));
  CHECK(hit.body == "34");
  CHECK(hit.field("Content-Range") == "bytes 3-4/10");
  CHECK(hit.field("X-Note") == "1");
  const Response several = ranges_of(client, "2-2,4-5");
  CHECK(several.says("hit"));
  CHECK(several.body.find("bytes 4-5/10\r\n\r\n45\r\n") != std::string::npos);
  CHECK(origin.requests() == 1);

  SECTION("a range that is not") {
    const Response other = ranges_of(client, "8-9");
    CHECK(other.body == "89");
    CHECK(other.says("fwd=partial"));
    CHECK(origin.seen().back().field("Range") == "bytes=8-9");
  }
  SECTION("HEAD") {
    CHECK(client.ask({"HEAD", "/a"}).status == 200);
    CHECK(origin.requests() == 2);
  }
  SECTION("only-if-cached") {
    CHECK(client.get("/a", {{"Cache-Control", "only-if-cached"}}).status == 504);
  }
  SECTION("RFC 9110 §13.1.5: an If-Range that does not hold") {
    CHECK(ranges_of(client, "3-4", {{"If-Range", "\"other\""}}).status == 200);
    CHECK(origin.requests() == 2);
  }
  SECTION("RFC 9111 §4.3.2: a condition of the client") {
    CHECK(ranges_of(client, "3-4", {{"If-None-Match", "\"v\""}}).status == 304);
    CHECK(origin.requests() == 1);
  }
  SECTION("the whole: two ranges are missing, so it is fetched anew") {
    const Response whole = client.get("/a");
    CHECK(whole.status == 200);
    CHECK(whole.body == kWhole);
    CHECK(origin.seen().back().field("Range").empty());
  }
}

TEST_CASE("RFC 9110 §15.3.7.3: parts of one representation are combined, up to the whole") {
  RedisServer redis;
  ScriptedOrigin origin{ranged("\"v\"")};
  Proxy proxy{config_for(origin, redis)};
  Proxy other{config_for(origin, redis)};
  HttpClient client{proxy.port()};
  CHECK(ranges_of(client, "2-4").body == "234");
  CHECK(ranges_of(client, "4-6").body == "456");
  const Response within = ranges_of(client, "3-5");
  CHECK(within.says("hit"));
  CHECK(within.body == "345");
  CHECK(within.field("X-Note") == "2");  // §3.4: the newer fields
  CHECK(ranges_of(client, "0-1").body == "01");
  CHECK(ranges_of(client, "7-9").body == "789");
  CHECK(origin.requests() == 4);
  const Response whole = client.get("/a");
  CHECK(whole.says("hit"));
  CHECK(whole.status == 200);
  CHECK(whole.body == kWhole);
  CHECK(whole.field("Content-Range").empty());
  CHECK(whole.field("Content-Length") == "10");

  HttpClient elsewhere{other.port()};
  REQUIRE(eventually([&] { return elsewhere.get("/a").says("hit"); }));
  CHECK(elsewhere.get("/a").body == kWhole);
  CHECK(origin.requests() == 4);
}

TEST_CASE("RFC 9111 §3.3: a part is completed by what is missing") {
  ScriptedOrigin origin{ranged("\"v\"")};
  FakeClock clock;
  Proxy proxy{config_for(origin), clock};
  HttpClient client{proxy.port()};
  const auto complete = [&](const char* held, const char* asked) {
    CHECK(ranges_of(client, held).status == 206);
    const Response whole = client.get("/a");
    CHECK(whole.status == 200);
    CHECK(whole.body == kWhole);
    CHECK(whole.field("Content-Range").empty());
    CHECK(whole.says("fwd=partial"));
    CHECK(origin.seen().back().field("Range") == asked);
    CHECK(origin.seen().back().field("If-Range") == "\"v\"");
    CHECK(client.get("/a").says("hit"));
    CHECK(client.get("/a").body == kWhole);
    CHECK(origin.requests() == 2);
  };
  SECTION("after it") { complete("0-4", "bytes=5-"); }
  SECTION("before it") { complete("3-9", "bytes=0-2"); }
  SECTION("also when it is stale: If-Range validates it") {
    CHECK(ranges_of(client, "0-4").status == 206);
    clock.advance(61s);
    CHECK(client.get("/a").body == kWhole);
    CHECK(origin.seen().back().field("Range") == "bytes=5-");
    CHECK(origin.requests() == 2);
  }
  SECTION("RFC 9110 §13.1.5: of what has changed the whole comes instead") {
    CHECK(ranges_of(client, "0-4").status == 206);
    origin.handle(ranged("\"w\""));
    const Response whole = client.get("/a");
    CHECK(whole.body == kWhole);
    CHECK(whole.field("ETag") == "\"w\"");
    CHECK(client.get("/a").says("hit"));
    CHECK(origin.requests() == 2);
  }
  SECTION("RFC 9110 §15.3.7.3: an origin that sends parts of something else is asked again") {
    CHECK(ranges_of(client, "0-4").status == 206);
    origin.handle([](const OriginRequest& request) {
      if (request.field("Range").empty()) return reply(request, {200, {}, "changed"});
      return reply(request, part("5-9/10", "abcde", {{"ETag", "\"w\""}}));
    });
    CHECK(client.get("/a").body == "changed");
    CHECK(origin.requests() == 3);
  }
}

TEST_CASE("a rest that is not as long as it says breaks the answer off, and nothing is stored") {
  ScriptedOrigin origin{ranged("\"v\"")};
  Proxy proxy{config_for(origin)};
  HttpClient client{proxy.port()};
  CHECK(ranges_of(client, "0-4").status == 206);
  REQUIRE(eventually([&] { return proxy.shared().memory.stats().entries == 1; }));
  origin.handle([](const OriginRequest& request) {
    return reply(request, part("5-9/10", "567", {{"ETag", "\"v\""}}));
  });
  CHECK_FALSE(get(proxy.port(), "/a").whole());
  origin.handle(ranged("\"v\""));
  CHECK(get(proxy.port(), "/a").body == kWhole);
}

TEST_CASE("RFC 9110 §15.3.7.3: without a validator nothing is combined") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    if (request.field("Range") == "bytes=0-4") return reply(request, part("0-4/10", "01234"));
    if (!request.field("Range").empty()) return reply(request, part("5-9/10", "56789"));
    return reply(request, {200, {}, "abcdefghij"});
  }};
  Proxy proxy{config_for(origin)};
  HttpClient client{proxy.port()};
  CHECK(ranges_of(client, "0-4").body == "01234");
  SECTION("the whole is fetched in one piece after all") {
    CHECK(client.get("/a").body == "abcdefghij");
    CHECK(client.get("/a").says("hit"));
  }
  SECTION("the newer part takes the older one's place") {
    CHECK(ranges_of(client, "5-9").body == "56789");
    CHECK(ranges_of(client, "6-7").says("hit"));
    CHECK_FALSE(ranges_of(client, "0-4").says("hit"));
  }
}

TEST_CASE("RFC 9110 §14.4: a content that is shorter than it says") {
  const auto cut_short = [](OwnedFields fields) {
    return [fields](const OriginRequest& request) {
      return reply(request, part("4-9/10", "45678", fields));
    };
  };
  SECTION("without a validator: it ends where it ends, and its length is not told") {
    ScriptedOrigin origin{cut_short({})};
    Proxy proxy{config_for(origin)};
    HttpClient client{proxy.port()};
    CHECK(ranges_of(client, "-5").body == "45678");
    const Response hit = ranges_of(client, "6-");
    CHECK(hit.says("hit"));
    CHECK(hit.body == "678");
    CHECK(hit.field("Content-Range") == "bytes 6-8/*");
    CHECK(ranges_of(client, "-1").body == "8");
    CHECK_FALSE(ranges_of(client, "9-9").says("hit"));
  }
  SECTION("with one, by which others could combine it: not stored") {
    ScriptedOrigin origin{cut_short({{"ETag", "\"v\""}})};
    Proxy proxy{config_for(origin)};
    HttpClient client{proxy.port()};
    CHECK(ranges_of(client, "-5").body == "45678");
    CHECK_FALSE(ranges_of(client, "5-6").says("hit"));
  }
}

TEST_CASE("what is not stored of a request for a range") {
  ScriptedOrigin origin{ranged("\"v\"")};
  config::Config config = config_for(origin);
  cache_of(config).cookies.mode = config::CookieRule::Mode::Ignore;
  Proxy proxy{config};
  HttpClient client{proxy.port()};
  const auto twice = [&](OwnedFields fields) {
    CHECK(ranges_of(client, "2-6", fields).status == 206);
    CHECK(ranges_of(client, "2-6", fields).status == 206);
    CHECK(origin.requests() == 2);
  };
  SECTION("RFC 9110 §15.3.7: a 206 to If-Range leaves fields out") {
    twice({{"If-Range", "\"v\""}});
  }
  SECTION("its Cookie went on with it") { twice({{"Cookie", "a=b"}}); }
  SECTION("RFC 9111 §3.5") { twice({{"Authorization", "a"}}); }
  SECTION("RFC 9111 §5.2.1.5") { twice({{"Cache-Control", "no-store"}}); }
}

TEST_CASE("RFC 9110 §14.2: an origin that knows no ranges is asked for one only once") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200, {}, std::string{kWhole}});
  }};
  Proxy proxy{config_for(origin)};
  HttpClient client{proxy.port()};
  CHECK(ranges_of(client, "2-6").status == 200);
  const Response hit = ranges_of(client, "2-6");
  CHECK(hit.status == 206);
  CHECK(hit.body == "23456");
  CHECK(origin.requests() == 1);
}

TEST_CASE("a part that comes late does not take the place of the whole") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    if (request.field("Range").empty()) return reply(request, {200, {}, std::string{kWhole}});
    return Script{}.hold("part").send(to_text(part("2-6/10", "23456"), request.serial));
  }};
  Proxy proxy{config_for(origin)};
  HttpClient slow{proxy.port()};
  REQUIRE(slow.send(ClientRequest{"GET", "/a", {{"Range", "bytes=2-6"}}}));
  REQUIRE(origin.wait_held("part"));
  CHECK(get(proxy.port(), "/a").body == kWhole);
  origin.release("part");
  CHECK(slow.read().status == 206);
  CHECK(get(proxy.port(), "/a").says("hit"));
  CHECK(origin.requests() == 2);
}

TEST_CASE("a purge makes a stored part invalid") {
  ScriptedOrigin origin{ranged("\"v\"")};
  Proxy proxy{config_for(origin)};
  HttpClient client{proxy.port()};
  CHECK(ranges_of(client, "2-6").status == 206);
  CHECK(client.ask({"PUT", "/a", {}, "x"}).status == 200);
  CHECK_FALSE(ranges_of(client, "3-4").says("hit"));
}

}  // namespace wf::test
