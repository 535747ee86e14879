// One fetch for everybody who asks at once (design §6), in one proxy and across two.

#include <catch2/catch.hpp>

#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

constexpr std::size_t kCrowd = 200;
// Checks of such bodies stand in two brackets: Catch would take minutes to print them.
constexpr std::size_t kLarge = std::size_t{4} << 20U;

Handler large_after(std::string gate, std::size_t size) {
  return [gate = std::move(gate), size](const OriginRequest& request) {
    return Script{}.hold(gate).send(
        to_text({200, {}, pattern(size, request.serial)}, request.serial));
  };
}

/// Half of a large body, then the gate, then the rest.
Script large_in_halves(unsigned serial, bool chunked, const std::string& gate) {
  const std::string body = pattern(kLarge, serial);
  const std::string first = body.substr(0, kLarge / 2);
  const std::string second = body.substr(kLarge / 2);
  std::string head = "HTTP/1.1 200 OK\r\nX-Serial: " + std::to_string(serial) + "\r\n";
  if (!chunked) {
    head += "Content-Length: " + std::to_string(kLarge) + "\r\n\r\n";
    return Script{}.send(head + first).hold(gate).send(second);
  }
  const std::string size = "200000\r\n";  // half of kLarge
  return Script{}
      .send(head + "Transfer-Encoding: chunked\r\n\r\n" + size + first + "\r\n")
      .hold(gate)
      .send(size + second + "\r\n0\r\n\r\n");
}

Handler halves(bool chunked) {
  return [chunked](const OriginRequest& request) {
    return large_in_halves(request.serial, chunked, "rest");
  };
}

}  // namespace

TEST_CASE("200 clients on a cold key are one origin request", "[collapse]") {
  ScriptedOrigin origin{large_after("go", 20'000)};
  config::Config config = config_for(origin);
  config.workers = 4;
  Proxy proxy{config};
  Crowd crowd{{proxy.port()}, kCrowd};
  crowd.send({"GET", "/cold", {}, {}});

  REQUIRE(origin.wait_held("go"));
  REQUIRE(eventually([&] { return proxy.waiting("/cold") == kCrowd; }));
  origin.release("go");
  const std::vector<Response> responses = crowd.read();

  CHECK(whole(responses) == kCrowd);
  CHECK(bodies(responses) == std::set<std::string>{pattern(20'000, 1)});
  CHECK(serials(responses) == std::set<unsigned>{1});
  CHECK(origin.requests() == 1);
  CHECK(proxy.fills() == 0);
}

TEST_CASE("200 clients of two proxies on a cold key are one origin request", "[collapse]") {
  RedisServer redis;
  ScriptedOrigin origin{large_after("go", 20'000)};
  config::Config config = config_for(origin, redis);
  config.store.lock_wait = 30s;
  Proxy a{config};
  Proxy b{config};
  Crowd crowd{{a.port(), b.port()}, kCrowd};
  crowd.send({"GET", "/cold", {}, {}});

  REQUIRE(origin.wait_held("go"));
  REQUIRE(eventually([&] { return a.waiting("/cold") + b.waiting("/cold") == kCrowd; }));
  origin.release("go");
  const std::vector<Response> responses = crowd.read();

  CHECK(whole(responses) == kCrowd);
  CHECK(bodies(responses) == std::set<std::string>{pattern(20'000, 1)});
  CHECK(serials(responses) == std::set<unsigned>{1});
  CHECK(origin.requests() == 1);
}

TEST_CASE("a large body reaches followers while it is still arriving", "[collapse]") {
  const bool chunked = GENERATE(false, true);
  ScriptedOrigin origin{halves(chunked)};
  Proxy proxy{config_for(origin)};
  Crowd crowd{{proxy.port()}, 5};
  crowd.send({"GET", "/large", {}, {}});
  std::vector<Response> responses;
  for (std::size_t i = 0; i < 5; ++i) {
    responses.push_back(crowd.at(i).read_head());
    crowd.at(i).read_body(responses[i], kLarge / 2);
    REQUIRE(responses[i].body.size() == kLarge / 2);
  }
  REQUIRE(origin.wait_held("rest"));
  // Who comes late reads from the beginning too.
  HttpClient late{proxy.port()};
  late.send(ClientRequest{"GET", "/large", {}, {}});
  Response last = late.read_head();
  late.read_body(last, kLarge / 2);
  REQUIRE(last.body.size() == kLarge / 2);

  origin.release("rest");
  late.read_rest(last);
  for (std::size_t i = 0; i < 5; ++i) crowd.at(i).read_rest(responses[i]);
  responses.push_back(last);
  CHECK(whole(responses) == 6);
  CHECK((bodies(responses) == std::set<std::string>{pattern(kLarge, 1)}));
  CHECK(origin.requests() == 1);
  CHECK(late.get("/large").says("hit"));
}

TEST_CASE("who wants another variant is collapsed while the first is on its way", "[collapse]") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    const std::string kind{request.field("X-Kind")};
    return Script{}
        .send("HTTP/1.1 200 OK\r\nVary: X-Kind\r\nContent-Length: 8\r\n\r\nkin")
        .hold("rest " + kind)
        .send("d " + kind + "..");
  }};
  Proxy proxy{config_for(origin)};
  HttpClient first{proxy.port()};
  first.send(ClientRequest{"GET", "/a", {{"X-Kind", "1"}}, {}});
  Response begun = first.read_head();
  first.read_body(begun, 3);
  Crowd others{{proxy.port()}, 10};
  others.send({"GET", "/a", {{"X-Kind", "2"}}, {}});
  REQUIRE(origin.wait_held("rest 2"));
  std::vector<Response> heads;
  for (std::size_t i = 0; i < 10; ++i) heads.push_back(others.at(i).read_head());
  CHECK(origin.requests() == 2);
  origin.release("rest 2");
  for (std::size_t i = 0; i < 10; ++i) {
    others.at(i).read_rest(heads[i]);
    CHECK(heads[i].body == "kind 2..");
  }
  origin.release("rest 1");
  first.read_rest(begun);
  CHECK(begun.body == "kind 1..");
}

TEST_CASE("the leader's client leaves: followers and the store are unharmed", "[collapse]") {
  const bool followed = GENERATE(true, false);
  ScriptedOrigin origin{halves(false)};
  Proxy proxy{config_for(origin)};
  HttpClient leader{proxy.port()};
  leader.send(ClientRequest{"GET", "/large", {}, {}});
  Response left = leader.read_head();
  leader.read_body(left, 1000);
  HttpClient follower{proxy.port()};
  Response followers;
  if (followed) {
    follower.send(ClientRequest{"GET", "/large", {}, {}});
    followers = follower.read_head();
    follower.read_body(followers, 1000);
  }
  leader.reset();
  // That it has gone is noticed when the rest is written to it.
  REQUIRE(origin.wait_held("rest"));
  origin.release("rest");

  if (followed) {
    follower.read_rest(followers);
    CHECK(followers.whole());
    CHECK((followers.body == pattern(kLarge, 1)));
  }
  REQUIRE(eventually([&] { return proxy.fills() == 0; }));
  const Response stored = get(proxy.port(), "/large");
  CHECK(stored.says("hit"));
  CHECK((stored.body == pattern(kLarge, 1)));
  CHECK(origin.requests() == 1);
}

TEST_CASE("a follower that does not read disturbs nobody", "[collapse]") {
  ScriptedOrigin origin{halves(false)};
  Proxy proxy{config_for(origin)};
  HttpClient leader{proxy.port()};
  HttpClient idle{proxy.port()};
  leader.send(ClientRequest{"GET", "/large", {}, {}});
  idle.send(ClientRequest{"GET", "/large", {}, {}});
  REQUIRE(eventually([&] { return proxy.waiting("/large") == 2; }));
  origin.release("rest");
  const Response answer = leader.read();
  CHECK(answer.whole());
  CHECK((answer.body == pattern(kLarge, 1)));
  CHECK((idle.read().body == pattern(kLarge, 1)));
}

TEST_CASE("a failed fill is tried once more, by one of those who waited", "[collapse]") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    if (request.serial == 1) return Script{}.hold("go").close();
    return echo(request);
  }};
  Proxy proxy{config_for(origin)};
  Crowd crowd{{proxy.port()}, 20};
  crowd.send({"GET", "/a", {}, {}});
  REQUIRE(origin.wait_held("go"));
  REQUIRE(eventually([&] { return proxy.waiting("/a") == 20; }));
  origin.release("go");
  const std::vector<Response> responses = crowd.read();
  CHECK(whole(responses, 502) <= 1);
  CHECK(whole(responses, 200) >= 19);
  CHECK(origin.requests() == 2);
}

TEST_CASE("when the origin's time is up, all who waited are told so: nobody waits twice (FM-21)",
          "[collapse]") {
  ScriptedOrigin origin{[](const OriginRequest&) { return Script{}.await_end(); }};
  config::Config config = config_for(origin);
  config.upstreams["origin"].response_timeout = 2s;
  Proxy proxy{std::move(config)};
  Crowd crowd{{proxy.port()}, 20};
  crowd.send({"GET", "/a", {}, {}});
  REQUIRE(eventually([&] { return proxy.waiting("/a") == 20; }));
  CHECK(whole(crowd.read(), 504) == 20);
  CHECK(origin.requests() == 1);
}

}  // namespace wf::test
