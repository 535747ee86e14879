// A client's bytes as requests: pipelines, bodies, and what comes instead.
#include <catch2/catch.hpp>

#include "proxy/net/notifier.hpp"
#include "proxy/server/request_input.hpp"
#include "tests/unit/server/pair.hpp"

using namespace wf;
using namespace std::chrono_literals;
using net::Task;
using server::NoRequest;
using server::RequestInput;
using server::testing::Pair;

namespace {

message::RequestRules rules() {
  message::RequestRules rules;
  rules.limits.idle_timeout = 60ms;
  rules.limits.header_timeout = 60ms;
  rules.limits.body_timeout = 60ms;
  return rules;
}

struct Client {
  void run(Task<void> (*story)(Client&)) { pair.loop.run(story(*this)); }
  void say(std::string_view bytes) const { CHECK(pair.peer.write(bytes)); }

  Pair pair;
  server::DeskStock desks{rules()};
  RequestInput input{*pair.stream, desks};
};

/// Reads a head and expects that target.
Task<void> expect(Client& client, std::string target) {
  const auto read = co_await client.input.read_head();
  REQUIRE(read.has_value());
  CHECK(client.input.head().raw_target == target);
}

/// Reads what comes instead of a head.
Task<NoRequest> none(Client& client) {
  const auto read = co_await client.input.read_head();
  REQUIRE_FALSE(read.has_value());
  co_return read.error();
}

Task<std::string> body(Client& client) {
  std::string all;
  for (;;) {
    const auto piece = co_await client.input.read_body();
    REQUIRE(piece);
    if (piece->empty()) co_return all;
    all += *piece;
  }
}

Task<void> pipelined(Client& client) {
  client.say(
      "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
      "POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
      "POST /3 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n"
      "GET /4 HTTP/1.1\r\nHost: h\r\n\r\nleft");
  co_await expect(client, "/1");
  CHECK(client.input.body_done());
  client.input.next();
  co_await expect(client, "/2");
  CHECK_FALSE(client.input.body_done());
  const std::string second = co_await body(client);
  CHECK(second == "hello");
  CHECK(client.input.body_done());
  CHECK(client.input.body_bytes() == 5);
  client.input.next();
  co_await expect(client, "/3");
  const std::string third = co_await body(client);
  CHECK(third == "abcde");
  client.input.next();
  co_await expect(client, "/4");
  CHECK(client.input.rest() == "left");
}

/// What was read ahead comes again, and the rest after it.
Task<void> ahead(Client& client) {
  client.say(
      "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"
      "POST /2 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
      "GET /3 HTTP/1.1\r\nHost: h\r\n\r\n");
  co_await expect(client, "/1");
  const auto all = co_await client.input.read_ahead(100);
  REQUIRE(all);
  CHECK(*all == "hello");
  CHECK(client.input.body_done());
  const std::string again = co_await body(client);
  CHECK(again == "hello");
  CHECK(client.input.body_bytes() == 5);
  client.input.next();
  co_await expect(client, "/2");
  const auto some = co_await client.input.read_ahead(1);
  REQUIRE(some);
  CHECK(*some == "abc");
  CHECK_FALSE(client.input.body_done());
  const std::string whole = co_await body(client);
  CHECK(whole == "abcde");
  client.input.next();
  co_await expect(client, "/3");
}

Task<void> dribble(Client& client, std::string bytes) {
  net::Notifier turn;
  for (const char c : bytes) {
    client.say({&c, 1});
    co_await turn.wait(turn.epoch(), net::after(0ms));
  }
}

Task<void> byte_by_byte(Client& client) {
  client.pair.loop.tasks().spawn(
      dribble(client,
              "POST /slow HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
              "3\r\nabc\r\n0\r\n\r\nGET /next HTTP/1.1\r\nHost: h\r\n\r\n"));
  co_await expect(client, "/slow");
  // FM-30: who drips does not make the buffer grow.
  CHECK(client.input.desk().head_bytes.capacity() <= 2048);
  const std::string all = co_await body(client);
  CHECK(all == "abc");
  client.input.next();
  co_await expect(client, "/next");
}

Task<void> an_idle_end(Client& client) {
  client.pair.peer.half_close();
  const NoRequest got = co_await none(client);
  CHECK(got.why == NoRequest::Why::Ended);
}

Task<void> idle_for_too_long(Client& client) {
  const NoRequest got = co_await none(client);
  CHECK(got.why == NoRequest::Why::Ended);
}

Task<void> half_a_head(Client& client) {
  client.say("GET / HTTP/1.1\r\nHo");
  const NoRequest got = co_await none(client);
  CHECK(got.why == NoRequest::Why::TimedOut);
}

Task<void> a_head_that_breaks(Client& client) {
  client.say("GET / HTTP/1.1\r\nHo");
  client.pair.peer.half_close();
  const NoRequest got = co_await none(client);
  CHECK(got.why == NoRequest::Why::Broken);
}

Task<void> a_head_that_is_wrong(Client& client) {
  client.say("GET / HTTP/1.1\r\nHost : h\r\n\r\n");
  const NoRequest got = co_await none(client);
  CHECK(got.why == NoRequest::Why::Refused);
  CHECK(got.refusal.status == 400);
}

Task<void> fails(Client& client, ErrorCode code) {
  const auto piece = co_await client.input.read_body();
  REQUIRE_FALSE(piece);
  CHECK(piece.error().code == code);
  CHECK(piece.error().side == Side::Client);
  CHECK_FALSE(client.input.body_done());
}

constexpr std::string_view kChunked =
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

Task<void> a_body_that_stops(Client& client) {
  client.say(kChunked);
  co_await expect(client, "/");
  co_await fails(client, ErrorCode::Timeout);
}

/// A byte every few milliseconds, which alone would never let a deadline between two reads pass.
Task<void> drip(Client& client, const bool& wanted) {
  net::Notifier turn;
  while (wanted) {
    static_cast<void>(client.pair.peer.write("x"));
    co_await turn.wait(turn.epoch(), net::after(5ms));
  }
}

Task<void> a_body_that_drips(Client& client) {
  bool wanted = true;
  client.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
  co_await expect(client, "/");
  client.pair.loop.tasks().spawn(drip(client, wanted));
  Result<std::string_view> piece = std::string_view{"x"};
  while (piece && !piece->empty()) piece = co_await client.input.read_body();
  wanted = false;
  co_await client.pair.loop.tasks().join();
  REQUIRE_FALSE(piece);
  CHECK(piece.error().code == ErrorCode::Timeout);
  CHECK(client.input.body_bytes() > 1);
}

Task<void> a_body_that_breaks(Client& client) {
  client.say(kChunked);
  client.pair.peer.half_close();
  co_await expect(client, "/");
  co_await fails(client, ErrorCode::Closed);
}

Task<void> a_body_that_is_wrong(Client& client) {
  client.say(kChunked);
  client.say("zz\r\n");
  co_await expect(client, "/");
  co_await fails(client, ErrorCode::Malformed);
  CHECK(client.input.body_refused_by() == message::Rule::F13);
}

Task<void> draining(Client& client) {
  client.say(std::string(200'000, 'x'));
  client.pair.peer.half_close();
  const std::uint64_t thrown_away = co_await client.input.drain();
  CHECK(thrown_away > 60'000);
  CHECK(thrown_away < 70'000);
  std::string nothing;
  CHECK_FALSE(client.pair.peer.read_some(nothing));
}

}  // namespace

TEST_CASE("pipelined requests are read one by one, bodies and all") { Client{}.run(pipelined); }
TEST_CASE("a body may be read ahead, and then again") { Client{}.run(ahead); }
TEST_CASE("a request that comes byte by byte is the same request") { Client{}.run(byte_by_byte); }
TEST_CASE("a client that leaves between two requests is no error") { Client{}.run(an_idle_end); }
TEST_CASE("nor is one that idles for too long") { Client{}.run(idle_for_too_long); }
TEST_CASE("a head that does not arrive in time is told so (FM-30)") { Client{}.run(half_a_head); }
TEST_CASE("a head that breaks off has nobody to tell") { Client{}.run(a_head_that_breaks); }
TEST_CASE("a head against the rules is refused") { Client{}.run(a_head_that_is_wrong); }
TEST_CASE("a body that stops coming is a timeout of the client") {
  Client{}.run(a_body_that_stops);
}
TEST_CASE("nor one that drips below the minimum rate") { Client{}.run(a_body_that_drips); }
TEST_CASE("a body that breaks off is not a whole one") { Client{}.run(a_body_that_breaks); }
TEST_CASE("a body against the rules is malformed") { Client{}.run(a_body_that_is_wrong); }
TEST_CASE("draining ends, whatever the client still sends (RFC 9112 §9.6)") {
  Client{}.run(draining);
}
