// Every allocation of a worker fails once: the first of a conversation, then the second, and so on
// until none is left to fail; and then three in a row. Whatever it is, the process lives, nobody
// waits for ever or gets a wrong answer, nothing truncated is kept, and no lock or fill is left.
//
// A binary of its own: it stands before the allocator.
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include "proxy/server/server.hpp"
#include "proxy/server/shared.hpp"
#include "tests/walk/honest.hpp"
#include "tests/walk/http_support.hpp"
#include "tests/walk/proxy.hpp"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they stand there themselves

namespace {

std::atomic<long> left{-1000};  // allocations until the first that fails
std::atomic<long> failures{0};  // how many fail from there on; 0: none
thread_local bool victim = false;

bool fails() noexcept {
  if (!victim || failures.load(std::memory_order_relaxed) == 0) return false;
  const long at = left.fetch_sub(1);
  if (at > 0 || -at >= failures) return false;
  errno = ENOMEM;
  return true;
}

}  // namespace

// glibc's own names for what is replaced here.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) { return fails() ? nullptr : __libc_malloc(size); }
void* calloc(std::size_t count, std::size_t size) {
  return fails() ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* block, std::size_t size) {
  return fails() ? nullptr : __libc_realloc(block, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return fails() ? nullptr : __libc_memalign(alignment, size);
}
}

namespace wf::test {

namespace {

/// More allocations than any of the conversations makes.
constexpr long kMost = 2000;

void mark_victims(Proxy& proxy) {
  std::atomic<std::size_t> marked{0};
  const auto workers = proxy.server().workers();
  for (server::Worker* worker : workers) {
    boost::asio::post(worker->context(), [&] {
      victim = true;
      ++marked;
    });
  }
  REQUIRE(eventually([&] { return marked == workers.size(); }));
}

using Talk = void (*)(Proxy& proxy, const std::string& path);

/// What a conversation needs beforehand, and the conversation.
struct Scene {
  const char* name;
  Talk prepare;
  Talk talk;
};

void nothing(Proxy& /*proxy*/, const std::string& /*path*/) {}
void converse(Proxy& proxy, const std::string& path) { talk(proxy.port(), path); }
void fill(Proxy& proxy, const std::string& path) { check_sound(proxy.port(), path); }
void fill_redis_alone(Proxy& proxy, const std::string& path) {
  check_sound(proxy.port(), path);
  CHECK(eventually([&] { return proxy.fills() == 0; }));
  proxy.shared().memory.clear();
}

const Scene kFill{"fill", nothing, converse};
const Scene kHit{"hit", fill, converse};
const Scene kRedisHit{"redis-hit", fill_redis_alone, converse};

/// Returns how many allocations failed.
long fail_each(Proxy& proxy, const Scene& scene, const std::string& where, long in_a_row) {
  for (long number = 0; number < kMost; ++number) {
    const std::string path = where + "/" + std::to_string(in_a_row) + "-" + std::to_string(number);
    CAPTURE(scene.name, number, in_a_row);
    scene.prepare(proxy, path);
    left = number;
    failures = in_a_row;
    scene.talk(proxy, path);
    failures = 0;
    const bool happened = left < 0;
    check_sound(proxy.port(), path);
    CHECK(eventually([&] { return proxy.fills() == 0; }));
    if (!happened) return number;
  }
  return kMost;
}

const std::vector<long> kOnceAndThrice{1, 3};

void fail_all(config::Config config, const Scene& scene, const std::string& where,
              const std::vector<long>& rows = kOnceAndThrice) {
  config.workers = 1;
  config.upstreams.at("origin").response_timeout = 2s;
  Proxy proxy{std::move(config)};
  mark_victims(proxy);
  check_sound(proxy.port(), where + "/first");
  for (const long in_a_row : rows) {
    const long number = fail_each(proxy, scene, where, in_a_row);
    CHECK(number > 10);
    CHECK(number < kMost);
    std::cout << scene.name << " " << where << ": each of " << number << " allocations failed, "
              << in_a_row << " in a row\n";
  }
  using observe::Tally;
  std::cout << "  given up: " << tallied(proxy, &Tally::exchanges_given_up) << " exchanges, "
            << tallied(proxy, &Tally::tasks_given_up) << " tasks\n";
  CHECK(tallied(proxy, &Tally::exchanges_given_up) > 0);
  proxy.stop();
}

/// Whoever died with a lock has lost it when its lease is over, and lets nobody else wait.
void check_unlocked(const RedisServer& redis) {
  CHECK(eventually([&] { return redis.ask({"KEYS", "wf:{*}:l*"}).elements().empty(); }));
}

}  // namespace

TEST_CASE("out of memory: hits and fills, in memory alone") {
  ScriptedOrigin origin{answer_by_path};
  fail_all(config_for(origin), GENERATE(kFill, kHit), "/small");
}

TEST_CASE("out of memory: what passes through") {
  ScriptedOrigin origin{answer_by_path};
  fail_all(pass_config(origin), kFill, "/small");
}

TEST_CASE("out of memory: with Redis") {
  RedisServer redis;
  ScriptedOrigin origin{answer_by_path};
  config::Config config = config_for(origin, redis);
  config.store.redis->timeout = 500ms;
  fail_all(std::move(config), GENERATE(kFill, kRedisHit), "/small");
  check_unlocked(redis);
}

TEST_CASE("out of memory: bodies in chunks") {
  RedisServer redis;
  ScriptedOrigin origin{answer_by_path};
  config::Config config = config_for(origin, redis);
  config.store.redis->timeout = 500ms;
  fail_all(std::move(config), GENERATE(kFill, kRedisHit), "/large", {1});
  check_unlocked(redis);
}

}  // namespace wf::test

#endif
