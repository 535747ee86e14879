// What a hit and an idle connection take from the heap. A binary of its own: it stands before the
// allocator itself, since Asio allocates coroutines past operator new.
#include <malloc.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/walk/http_client.hpp"
#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they stand there themselves

namespace {

std::atomic<std::uint64_t> allocations{0};
std::atomic<std::int64_t> live_bytes{0};  // with the allocator's eight per block
thread_local bool counted = true;         // the test's own thread is not

std::int64_t size_of(void* block) noexcept {
  return block == nullptr ? 0 : static_cast<std::int64_t>(::malloc_usable_size(block)) + 8;
}

void* taken(void* block) noexcept {
  if (counted) allocations.fetch_add(1, std::memory_order_relaxed);
  live_bytes.fetch_add(size_of(block), std::memory_order_relaxed);
  return block;
}

}  // namespace

// glibc's own names for what is replaced here.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);

void* malloc(std::size_t size) { return taken(__libc_malloc(size)); }
void* calloc(std::size_t count, std::size_t size) { return taken(__libc_calloc(count, size)); }
void* realloc(void* block, std::size_t size) {
  live_bytes.fetch_sub(size_of(block), std::memory_order_relaxed);
  return taken(__libc_realloc(block, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return taken(__libc_memalign(alignment, size));
}
void free(void* block) {
  live_bytes.fetch_sub(size_of(block), std::memory_order_relaxed);
  __libc_free(block);
}
}

namespace wf::test {

namespace {

config::Config one_worker(const ScriptedOrigin& origin) {
  config::Config config = config_for(origin);
  config.workers = 1;
  return config;
}

const OwnedFields kBrowser{
    {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0"},
    {"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"},
    {"Accept-Language", "en-US,en;q=0.5"},
    {"Accept-Encoding", "gzip, deflate, br"},
    {"Referer", "http://api.test/analyses?page=2"},
    {"DNT", "1"},
    {"Connection", "keep-alive"},
    {"Upgrade-Insecure-Requests", "1"},
    {"Sec-Fetch-Dest", "document"},
    {"Sec-Fetch-Mode", "navigate"},
    {"Sec-Fetch-Site", "same-origin"},
    {"Priority", "u=1"}};

}  // namespace

TEST_CASE("a hit from memory allocates nothing, from its first byte to its last") {
  counted = false;
  ScriptedOrigin origin;
  Proxy proxy{one_worker(origin)};
  HttpClient client{proxy.port()};
  for (int i = 0; i < 20; ++i) REQUIRE(client.get("/a?b=c", kBrowser).whole());
  const std::uint64_t before = allocations;
  for (int i = 0; i < 200; ++i) {
    const Response hit = client.get("/a?b=c", kBrowser);
    REQUIRE(hit.says("detail=memory"));
  }
  CHECK(allocations == before);
  CHECK(origin.requests() == 1);
}

TEST_CASE("a passed request takes at most eight blocks, one that a fill may come of ten") {
  counted = false;
  ScriptedOrigin origin{[](const OriginRequest& request) {
    counted = false;  // in each of its threads
    return answering({{"Cache-Control", "no-store"}})(request);
  }};
  config::Config config = one_worker(origin);
  const bool by_configuration = GENERATE(true, false);
  CAPTURE(by_configuration);
  if (by_configuration) config.routes.front().cache.reset();
  Proxy proxy{config};
  HttpClient client{proxy.port()};
  for (int i = 0; i < 20; ++i) REQUIRE(client.get("/a?b=c", kBrowser).whole());
  constexpr std::uint64_t kRequests = 200;
  const std::uint64_t before = allocations;
  for (std::uint64_t i = 0; i < kRequests; ++i) REQUIRE(client.get("/a?b=c", kBrowser).whole());
  const std::uint64_t taken = allocations - before;
  INFO(taken << " blocks for " << kRequests << " requests");
  CHECK(taken <= (by_configuration ? 8 : 10) * kRequests);
}

TEST_CASE("an idle connection that has had its answer takes at most 3 KiB") {
  counted = false;
  constexpr std::size_t kIdle = 500;
  ScriptedOrigin origin;
  Proxy proxy{one_worker(origin)};
  std::vector<HttpClient> idle;
  idle.reserve(kIdle + 1);
  const std::string request = to_text({"GET", "/a", kBrowser, {}});
  std::string answer;
  std::array<char, 4096> block;
  const auto join = [&] {
    answer.clear();
    idle.emplace_back(proxy.port());
    REQUIRE(idle.back().send(request));
    while (answer.find("GET /a #1") == std::string::npos) {
      // Not into the client's own buffer, which would be counted.
      const ssize_t n = ::recv(idle.back().fd(), block.data(), block.size(), 0);
      REQUIRE(n > 0);
      answer.append(block.data(), static_cast<std::size_t>(n));
    }
  };
  join();
  const std::int64_t before = live_bytes;
  for (std::size_t i = 0; i < kIdle; ++i) join();
  const std::int64_t taken = (live_bytes - before) / static_cast<std::int64_t>(kIdle);
  INFO("bytes per idle connection: " << taken);
  CHECK(taken <= 3072);
}

}  // namespace wf::test

#endif
