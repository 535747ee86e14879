// Many connections at once on what is cached: no error, no answer that is not the right one.

#include <atomic>
#include <thread>

#include <catch2/catch.hpp>

#include "tests/walk/http_support.hpp"

namespace wf::test {

namespace {

constexpr unsigned kThreads = 4;
constexpr unsigned kConnections = 64;  // of each thread

struct Tally {
  std::atomic<unsigned> right{0};
  std::atomic<unsigned> wrong{0};
};

/// One request on every connection, then all the answers, until the time is over.
void drive(std::uint16_t port, std::chrono::steady_clock::time_point until, Tally& tally) {
  std::vector<HttpClient> clients;
  for (unsigned i = 0; i < kConnections; ++i) clients.emplace_back(port);
  for (unsigned round = 0; std::chrono::steady_clock::now() < until; ++round) {
    const std::string target = "/item/" + std::to_string(round % 7);
    const std::string expected = "GET " + target;
    for (HttpClient& client : clients) static_cast<void>(client.send({"GET", target, {}, {}}));
    for (HttpClient& client : clients) {
      const Response response = client.read();
      const bool right = response.whole() && response.status == 200 && response.body == expected;
      ++(right ? tally.right : tally.wrong);
    }
  }
}

}  // namespace

TEST_CASE("256 connections on a cached route: no error") {
  ScriptedOrigin origin{[](const OriginRequest& request) {
    return reply(request, {200, {}, request.method + " " + request.target});
  }};
  Proxy proxy{config_for(origin)};
  Tally tally;
  const auto until = std::chrono::steady_clock::now() + 3s;
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] { drive(proxy.port(), until, tally); });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(tally.wrong == 0);
  CHECK(tally.right >= kThreads * kConnections);
  CHECK(origin.requests() == 7);
}

}  // namespace wf::test
