// A few seconds of everything at once: readers and writers of few keys through two proxies, over a
// versioned origin, while Redis loses records, indexes and locks. Every answer is whole and of the
// right key, and who has written through a proxy never reads anything older there.

#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include "proxy/base/ascii.hpp"
#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

namespace {

constexpr std::size_t kKeys = 6;
constexpr std::size_t kClients = 8;
constexpr auto kLength = 5s;
constexpr unsigned kSeed = 20'011;

std::string target_of(std::size_t key) { return "/k/" + std::to_string(key); }

/// "<target> <version> <padding> <version> <target>": a mixture of two would show.
std::string body_of(const std::string& target, unsigned version) {
  const std::string mark = target + " " + std::to_string(version);
  return mark + " " + std::string(1000 + version % 7 * 5000, 'x') + " " + mark;
}

/// Counts up with every write.
class VersionedOrigin {
 public:
  Script operator()(const OriginRequest& request) {
    const std::size_t key = static_cast<std::size_t>(request.target.back() - '0') % kKeys;
    const bool write = request.method == "PUT";
    const unsigned version = write ? ++versions_[key] : versions_[key].load();
    Answer answer{200, {{"X-Version", std::to_string(version)}}, {}};
    if (!write) answer.body = body_of(request.target, version);
    if (version % 5 == 1) answer.fields.push_back({"Vary", "X-Kind"});
    if (version % 5 == 2) answer.fields.push_back({"Cache-Control", "max-age=0"});
    if (version % 5 == 3) answer.fields.push_back({"Cache-Control", "no-store"});
    return reply(request, answer);
  }

 private:
  std::array<std::atomic<unsigned>, kKeys> versions_{};
};

class Complaints {
 public:
  void add(std::string what) {
    const std::lock_guard lock{mutex_};
    if (first_.empty()) first_ = std::move(what);
  }
  [[nodiscard]] std::string first() const {
    const std::lock_guard lock{mutex_};
    return first_;
  }

 private:
  mutable std::mutex mutex_;
  std::string first_;
};

unsigned version_of(const Response& response) {
  return static_cast<unsigned>(ascii::parse_uint(response.field("X-Version")).value_or(0));
}

/// One client's random walk through one proxy.
class Walker {
 public:
  Walker(std::uint16_t port, unsigned seed, Complaints& complaints)
      : client_(port), random_(seed), complaints_(complaints) {}

  void run(std::chrono::steady_clock::time_point until) {
    while (std::chrono::steady_clock::now() < until && complaints_.first().empty()) step();
  }
  [[nodiscard]] std::size_t steps() const noexcept { return steps_; }

 private:
  void step() {
    const std::size_t key = random_() % kKeys;
    const bool write = random_() % 20 == 0;
    ClientRequest request{write ? "PUT" : "GET", target_of(key), {}, write ? "new" : ""};
    if (random_() % 3 == 0) request.fields.push_back({"X-Kind", "b"});
    const Response response = client_.ask(request);
    ++steps_;
    const unsigned version = version_of(response);
    const std::string what =
        request.method + " " + request.target + " version " + std::to_string(version) + " status " +
        std::to_string(response.status) + " " + std::string{response.field("Cache-Status")};
    if (!response.whole() || response.status != 200) {
      complaints_.add("not a whole 200: " + what);
    } else if (!write && response.body != body_of(request.target, version)) {
      complaints_.add("not of one piece: " + what);
    } else if (!write && version < written_[key]) {
      complaints_.add("older than " + std::to_string(written_[key]) + ": " + what);
    }
    if (write) written_[key] = version;
  }

  HttpClient client_;
  std::minstd_rand random_;
  Complaints& complaints_;
  std::array<unsigned, kKeys> written_{};
  std::size_t steps_ = 0;
};

/// As an eviction would. The purge log stays: to lose that is a new birth, and another story.
void lose_keys(const RedisServer& redis, std::chrono::steady_clock::time_point until) {
  while (std::chrono::steady_clock::now() < until) {
    const std::string key{redis.ask({"RANDOMKEY"}).text()};
    if (key.starts_with("wf:")) redis.ask({"DEL", key});
    ::usleep(2000);
  }
}

}  // namespace

TEST_CASE("readers and writers through two proxies, at random", "[soak]") {
  RedisServer redis;
  VersionedOrigin versions;
  ScriptedOrigin origin{[&](const OriginRequest& request) { return versions(request); }};
  Proxy a{config_for(origin, redis)};
  Proxy b{config_for(origin, redis)};
  Complaints complaints;
  std::vector<std::unique_ptr<Walker>> walkers;
  for (std::size_t i = 0; i < kClients; ++i) {
    const std::uint16_t port = i % 2 == 0 ? a.port() : b.port();
    walkers.push_back(std::make_unique<Walker>(port, kSeed + static_cast<unsigned>(i), complaints));
  }
  const auto until = std::chrono::steady_clock::now() + kLength;
  std::vector<std::thread> threads;
  threads.reserve(walkers.size());
  for (auto& walker : walkers) {
    threads.emplace_back([&walker, until] { walker->run(until); });
  }
  lose_keys(redis, until);
  for (std::thread& thread : threads) thread.join();
  REQUIRE(complaints.first() == "");
  std::size_t steps = 0;
  for (const auto& walker : walkers) steps += walker->steps();
  CHECK(steps > kClients);
  CHECK(origin.requests() < steps);
  CHECK(eventually([&] { return a.fills() + b.fills() == 0; }));
  // When all have stopped, both proxies come to the same newest versions.
  REQUIRE(eventually([&] { return a.knows_purges_of(b) && b.knows_purges_of(a); }));
  for (std::size_t key = 0; key < kKeys; ++key) {
    const unsigned newest = version_of(ask(a.port(), {"PUT", target_of(key), {}, "last"}));
    REQUIRE(eventually([&] { return b.knows_purges_of(a); }));
    CHECK(version_of(get(a.port(), target_of(key))) == newest);
    CHECK(version_of(get(b.port(), target_of(key))) == newest);
  }
}

}  // namespace wf::test
