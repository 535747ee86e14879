// Peers of different pace: who is slow slows down his own exchange, and no other.

#include <poll.h>
#include <sys/socket.h>

#include <thread>

#include <catch2/catch.hpp>

#include "tests/walk/http_support.hpp"

namespace wf::test {

namespace {

/// Sends until the peer has taken all, or nothing for a while; how much it took.
std::size_t send_while_taken(const RawSocket& socket, std::string_view piece, std::size_t most) {
  std::size_t sent = 0;
  pollfd ready{socket.fd(), POLLOUT, 0};
  constexpr int kWhile = 500;  // milliseconds: a peer that reads takes something in that time
  while (sent < most && ::poll(&ready, 1, kWhile) == 1) {
    const std::size_t size = std::min(piece.size(), most - sent);
    const ssize_t n = ::send(socket.fd(), piece.data(), size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n <= 0) break;
    sent += static_cast<std::size_t>(n);
  }
  return sent;
}

}  // namespace

TEST_CASE("a reader that stops reading pauses the origin, and gets everything in the end") {
  constexpr std::size_t kBody = std::size_t{128} << 20U;
  constexpr std::size_t kBuffers = std::size_t{40} << 20U;  // the kernel's, four times, and ours
  const RawSocket listener = RawSocket::listen_tcp("127.0.0.1", 0, 8);
  ScriptedOrigin unused;
  const auto caching = GENERATE(Caching::Off, Caching::On);
  config::Config config = config_for(unused, caching);
  upstream_of(config).servers.front().address.port = listener.port();
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  REQUIRE(client.send({"GET", "/a", {}, {}}));
  const RawSocket origin{::accept(listener.fd(), nullptr, nullptr)};
  std::string request;
  while (!request.ends_with("\r\n\r\n") && origin.read_some(request)) {
  }
  REQUIRE(origin.write("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kBody) + "\r\n\r\n"));
  const std::string piece(std::size_t{1} << 18U, 'x');
  const std::size_t taken = send_while_taken(origin, piece, kBody);
  CHECK(taken < kBuffers);
  std::size_t rest = 0;
  std::thread sender{[&] {
    while (taken + rest < kBody && origin.write(piece.substr(0, kBody - taken - rest))) {
      rest += std::min(piece.size(), kBody - taken - rest);
    }
  }};
  const Response response = client.read();
  sender.join();
  CHECK(response.whole());
  CHECK(response.body.size() == kBody);
}

TEST_CASE("write_timeout cuts off who reads nothing, not who reads slowly") {
  constexpr std::size_t kPiece = std::size_t{1} << 20U;
  constexpr std::size_t kBody = 32 * kPiece;  // more than the kernel takes at once
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200, {}, std::string(kBody, 'x')});
  }};
  config::Config config = config_for(origin);
  config.limits.write_timeout = 500ms;
  config.store.max_object_size = 64_MiB;
  config.store.memory.size = 1_GiB;
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  REQUIRE(get(proxy.port(), "/a").whole());
  HttpClient client{proxy.port()};
  REQUIRE(client.send({"GET", "/a", {}, {}}));
  Response response = client.read_head();
  CHECK(response.says("hit"));
  SECTION("slowly") {
    while (response.body.size() < kBody) {
      const std::size_t before = response.body.size();
      client.read_body(response, before + kPiece);
      if (response.body.size() == before) break;
      ::usleep(40'000);  // a pace, not an order: all together takes more than write_timeout
    }
    client.read_rest(response);
    CHECK(response.whole());
    CHECK(response.body.size() == kBody);
  }
  SECTION("nothing") {
    CHECK(has(log.line(2), "side", "client"));
    client.read_rest(response);
    CHECK(response.end == End::Cut);
  }
}

TEST_CASE("what a reader's kernel takes at first buys it no more time than it is worth then") {
  constexpr std::size_t kBody = std::size_t{64} << 20U;
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200, {}, std::string(kBody, 'x')});
  }};
  config::Config config = pass_config(origin);
  config.limits.write_timeout = 2s;
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  HttpClient client{proxy.port()};
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(client.send({"GET", "/a", {}, {}}));
  CHECK(has(log.line(1), "side", "client"));
  const auto took = std::chrono::steady_clock::now() - began;
  CHECK(took >= 2s);
  // Counted at the end of its patience, megabytes in its buffers would have bought all of it anew.
  CHECK(took < 3500ms);
}

TEST_CASE("write_rate cuts off who reads too slowly, however steadily") {
  constexpr std::size_t kBody = std::size_t{32} << 20U;
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200, {}, std::string(kBody, 'x')});
  }};
  config::Config config = config_for(origin);
  config.limits.write_timeout = 500ms;
  config.limits.write_rate = 1_GiB;
  config.store.max_object_size = 64_MiB;
  config.store.memory.size = 1_GiB;
  AccessLogFile log{config};
  Proxy proxy{std::move(config)};
  HttpClient filler{proxy.port()};
  REQUIRE(filler.send({"HEAD", "/a", {}, {}}));
  REQUIRE(filler.read("HEAD").whole());
  HttpClient client{proxy.port()};
  REQUIRE(client.send({"GET", "/a", {}, {}}));
  Response response = client.read_head();
  while (response.end != End::Cut || response.body.size() < kBody) {
    const std::size_t before = response.body.size();
    client.read_body(response, before + 65'536);
    if (response.body.size() == before) break;
    ::usleep(20'000);  // a pace, not an order: about 3 MiB a second
  }
  CHECK(response.body.size() < kBody);
  const std::string line = log.line(2);
  CHECK(has(line, "side", "client"));
  CHECK(line.find("timeout") != std::string::npos);
  CHECK(tallied(proxy, &observe::Tally::slow_readers) == 1);
}

}  // namespace wf::test
