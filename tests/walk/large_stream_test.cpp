// A body of 1 GiB from Redis to many readers: memory is bounded by their number, not by its size.

#include <catch2/catch.hpp>

#include <atomic>
#include <iostream>
#include <thread>

#include "tests/walk/child_process.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

constexpr std::size_t kPieces = 1024;  // of 1 MiB
constexpr std::size_t kReaders = 64;
constexpr std::size_t kFast = 4;
#ifdef __SANITIZE_THREAD__
constexpr std::size_t kShadow = 4;  // bytes that TSan holds for each of the program's
#else
constexpr std::size_t kShadow = 1;
#endif
constexpr std::size_t kGrowth = 64 * 1024 * kShadow;  // KiB

std::string yaml(const ScriptedOrigin& origin, const RedisServer& redis) {
  return "workers: 2\n"
         "limits: {write_timeout: 10m}\n"
         "log: {access: off}\n"
         "store:\n"
         "  max_object_size: 2GiB\n"
         "  redis: {url: \"redis://127.0.0.1:" +
         std::to_string(redis.port()) +
         "/0\", timeout: 3s}\n"
         "upstreams:\n"
         "  origin: {servers: [\"http://127.0.0.1:" +
         std::to_string(origin.address().port) +
         "\"]}\n"
         "routes: [{name: all, match: \"/**\", upstream: origin, cache: {ttl: 10m}}]\n";
}

/// Reads on until `until` bytes have come, and compares them with the repeated piece.
class Reader {
 public:
  Reader(std::uint16_t port, const std::string& piece) : client_(port), piece_(piece) {
    client_.send(ClientRequest{"GET", "/large", {}, {}});
    response_ = client_.read_head();
  }
  /// False: it ended before, or a byte was wrong.
  bool read_until(std::uint64_t until) {
    while (at_ < until) {
      client_.read_body(response_, 1);
      if (response_.body.empty() || !as_expected()) return false;
      at_ += response_.body.size();
      response_.body.clear();
    }
    return true;
  }
  [[nodiscard]] bool ends_here() {
    client_.read_rest(response_);
    return response_.whole() && response_.body.empty();
  }

 private:
  [[nodiscard]] bool as_expected() const {
    std::string_view rest = response_.body;
    for (std::size_t from = at_ % piece_.size(); !rest.empty(); from = 0) {
      const std::string_view part = rest.substr(0, piece_.size() - from);
      if (std::string_view{piece_}.substr(from, part.size()) != part) return false;
      rest.remove_prefix(part.size());
    }
    return true;
  }

  HttpClient client_;
  const std::string& piece_;
  Response response_;
  std::uint64_t at_ = 0;
};

}  // namespace

TEST_CASE("1 GiB from Redis to 64 readers at mixed speeds", "[stream]") {
  const std::string piece = pattern(1U << 20U, 1);
  const std::uint64_t size = kPieces * piece.size();
  RedisServer redis;
  ScriptedOrigin origin{[&](const OriginRequest& request) {
    if (request.target != "/large") return echo(request);
    return Script{}
        .send("HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: " + std::to_string(size) +
              "\r\n\r\n")
        .send_times(piece, kPieces);
  }};
  ChildProxy proxy{yaml(origin, redis)};
  REQUIRE(get(proxy.port(), "/small").whole());
  const std::size_t before = proxy.process().memory_now();
  {
    Reader first{proxy.port(), piece};
    CHECK(first.read_until(size));
    CHECK(first.ends_here());
  }
  const std::size_t filled = proxy.process().peak_memory();
  REQUIRE(eventually([&] { return Proxy::in_redis(redis, "/large"); }));

  // Most take a little and then nothing, until the fast ones have read it all.
  std::atomic<std::size_t> fast_done{0};
  std::atomic<std::size_t> right{0};
  std::vector<std::thread> threads;
  for (std::size_t n = 0; n < kReaders; ++n) {
    threads.emplace_back([&, n] {
      Reader reader{proxy.port(), piece};
      if (n < kFast) {
        if (reader.read_until(size) && reader.ends_here()) ++right;
        ++fast_done;
        return;
      }
      const bool begun = reader.read_until(n * 100'000);
      const bool waited = eventually([&] { return fast_done == kFast; }, std::chrono::minutes{9});
      if (begun && waited && reader.read_until(n * 100'000 + 8'000'000)) ++right;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == kReaders);
  CHECK(origin.requests("/large") == 1);
  const std::size_t peak = proxy.process().peak_memory();
  std::cout << "KiB: " << before << " before, " << filled << " after the fill, " << peak
            << " at most\n";
  CHECK(peak - before <= kGrowth);
}

}  // namespace wf::test
