// Every rule of the front is counted under its own name, and what was thrown away with it.

#include <catch2/catch.hpp>

#include "tests/walk/http_support.hpp"

namespace wf::test {

namespace {

using message::Rule;

/// Which rule counts; all of them, so that none is counted beside another.
std::vector<std::string> counted(Proxy& proxy) {
  std::vector<std::string> names;
  for (auto i = static_cast<unsigned>(Rule::F1); i <= static_cast<unsigned>(Rule::R9); ++i) {
    const auto rule = static_cast<Rule>(i);
    names.insert(names.end(), refused_by(proxy, rule), std::string{to_string(rule)});
  }
  return names;
}

bool counts(Proxy& proxy, const std::string& rule) {
  return eventually([&] { return counted(proxy) == std::vector{rule}; },
                    std::chrono::milliseconds{2000});
}

struct BadRequest {
  std::string rule;
  std::string bytes;
};

BadRequest bad(std::string rule, const std::string& line, const std::string& fields,
               const std::string& body = {}) {
  return {std::move(rule), line + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body};
}

const std::vector<BadRequest> kBadRequests{
    bad("F1", "POST /", "Transfer-Encoding: gzip\r\n"),
    bad("F2", "POST /", "Content-Length: 1x\r\n"),
    bad("F3", "GET /", "Host: b\r\n"),
    bad("F4", "GET /a#b", ""),
    bad("F5", "GET /a%2fb", ""),
    bad("F6", "GET /" + std::string(9000, 'a'), ""),
    bad("F7", "GET /", " X: folded\r\n"),
    bad("F8", "BREW /", ""),
    bad("F9", "GET /", "Content-Length: 2\r\n", "ab"),
    bad("F10", "GET /", "Connection: Host\r\n"),
    bad("F12", "POST /", "Content-Length: 2\r\nExpect: a-miracle\r\n", "ab"),
    bad("F13", "POST /", "Transfer-Encoding: chunked\r\n", "zz\r\n"),
    {"version", "GET / HTTP/3.0\r\nHost: a\r\n\r\n"}};

struct BadAnswer {
  std::string rule;
  std::string bytes;
  unsigned status = 502;  // what the client gets; 0: the head of what is cut later
  std::string method = "GET";
};

const std::string kOk = "HTTP/1.1 200 OK\r\n";
const std::vector<BadAnswer> kBadAnswers{
    {"R1", kOk + "Content-Length: 1x\r\n\r\nok"},
    {"R2", "HTTP/1.1 700 Odd\r\n\r\n"},
    {"R3", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: a\r\n\r\n"},
    {"R4", "HTTP/1.1 204 No Content\r\n\r\nbody", 204},
    {"R4", kOk + "Content-Length: 4\r\n\r\nbody", 200, "HEAD"},
    {"R5", kOk + "Content-Length: 2\r\n\r\nokay", 200},
    {"R6", kOk + "X: " + std::string(9000, 'x') + "\r\n\r\n"},
    {"R7", kOk + "Content-Length: 9\r\n\r\nok", 0},
    {"R7", kOk + "Transfer-Enc"},
    {"R7", "HTTP/1.1 103 Early Hints\r\n\r\n"},
    {"R8", kOk + "\r\nok", 200},
    {"R9", kOk + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n", 200},
    {"R10", kOk + "X: a\1b\r\n\r\n"}};

}  // namespace

TEST_CASE("what is wrong with a request is counted by its rule, and what came behind it (F14)") {
  const auto row = GENERATE(from_range(kBadRequests));
  CAPTURE(row.rule);
  ScriptedOrigin origin;
  const auto caching = GENERATE(Caching::Off, Caching::On);
  Proxy proxy{config_for(origin, caching)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send(row.bytes + to_text({"GET", "/canary", {}, {}})));
  const Response response = client.read();
  CHECK(response.status >= 400);
  client.half_close();  // else it is waited for, a second long
  CHECK(client.ended());
  CHECK(counts(proxy, row.rule));
  using observe::Tally;
  CHECK(eventually([&] { return tallied(proxy, &Tally::closed_after_refusal) == 1; }));
  CHECK(tallied(proxy, &Tally::refused_bytes) > 20);
  for (const OriginRequest& seen : origin.seen()) CHECK(seen.path() != "/canary");
}

TEST_CASE("a request in order throws nothing away") {
  ScriptedOrigin origin;
  Proxy proxy{pass_config(origin)};
  CHECK(get(proxy.port(), "/a", {{"Connection", "close"}}).status == 200);
  CHECK(eventually([&] { return tallied(proxy, &observe::Tally::connections_ended) == 1; }));
  CHECK(tallied(proxy, &observe::Tally::closed_after_refusal) == 0);
  CHECK(counted(proxy).empty());
}

TEST_CASE("what is wrong with an answer is counted by its rule") {
  const auto row = GENERATE(from_range(kBadAnswers));
  CAPTURE(row.rule, row.bytes.substr(0, 60));
  ScriptedOrigin origin;
  origin.handle([&](const OriginRequest&) { return Script{}.send(row.bytes).close(); });
  Proxy proxy{pass_config(origin)};
  HttpClient client{proxy.port()};
  const Response response = client.ask({row.method, "/a", {}, {}});
  if (row.status != 0) CHECK(response.status == row.status);
  CHECK(response.whole() == (row.status != 0));
  CHECK(counts(proxy, row.rule));
}

TEST_CASE("bytes on a connection to an origin that nobody uses are counted (R5)") {
  ScriptedOrigin origin;
  origin.handle([](const OriginRequest&) {
    return Script{}.send(kOk + "Content-Length: 2\r\n\r\nok").hold("idle").send("more");
  });
  Proxy proxy{pass_config(origin)};
  CHECK(get(proxy.port(), "/a").status == 200);
  CHECK(counted(proxy).empty());
  origin.release("idle");
  CHECK(counts(proxy, "R5"));  // the pool looks every second
}

TEST_CASE("an origin that ends an idle connection has done nothing wrong") {
  ScriptedOrigin origin;
  origin.handle([](const OriginRequest&) {
    return Script{}.send(kOk + "Content-Length: 2\r\n\r\nok").hold("idle").close();
  });
  Proxy proxy{pass_config(origin)};
  CHECK(get(proxy.port(), "/a").status == 200);
  origin.release("idle");
  CHECK(get(proxy.port(), "/a").status == 200);
  CHECK(counted(proxy).empty());
}

TEST_CASE("an upgrade that goes no further is counted (F11)") {
  const std::string protocols = GENERATE("websocket", "h2c");
  ScriptedOrigin origin;
  const auto caching = GENERATE(Caching::Off, Caching::On);
  Proxy proxy{config_for(origin, caching)};
  const OwnedFields fields{{"Connection", "upgrade"}, {"Upgrade", protocols}};
  CHECK(get(proxy.port(), "/a", fields).status == 200);
  CHECK(origin.seen().at(0).field("Upgrade").empty());
  CHECK(counts(proxy, "F11"));
}

}  // namespace wf::test
