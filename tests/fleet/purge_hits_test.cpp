// What a thousand purges a second cost the hits of a proxy: processor time for each, with them and
// without, in rounds that take turns. WARMFRONT_ROUNDS (5) of each.

#include <catch2/catch.hpp>

#include <atomic>
#include <iostream>
#include <thread>

#include "tests/fleet/purger.hpp"
#include "tests/fleet/settings.hpp"
#include "tests/fleet/stage.hpp"
#include "tests/walk/proxy.hpp"

namespace wf::test {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRound{1'000};
constexpr std::size_t kDepth = 32;  // requests in one write
constexpr std::size_t kKeys = 256;

/// Clients that ask for what is in memory, as fast as they are answered.
class Clients {
 public:
  Clients(std::uint16_t port, int count) {
    for (int i = 0; i < count; ++i) threads_.emplace_back([this, port] { run(port); });
  }
  ~Clients() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  [[nodiscard]] std::uint64_t answers() const noexcept { return answers_; }

 private:
  void run(std::uint16_t port) {
    HttpClient client{port};
    for (std::size_t next = 0; !stop_; next += kDepth) {
      std::string requests;
      for (std::size_t i = 0; i < kDepth; ++i) {
        requests += to_text({"GET", "/hot/" + std::to_string((next + i) % kKeys), {}, {}});
      }
      client.send(requests);
      for (std::size_t i = 0; i < kDepth; ++i) {
        if (client.read().status == 200) ++answers_;
      }
    }
  }

  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> answers_{0};
  std::vector<std::thread> threads_;
};

/// A thousand a second, of what nobody asks for, while it is told to.
class Purging {
 public:
  explicit Purging(const RedisServer& redis) : purger_(redis, Millis{2'000}) {
    thread_ = std::thread{[this] { run(); }};
  }
  ~Purging() {
    stop_ = true;
    thread_.join();
  }
  std::atomic<bool> on{false};
  std::atomic<std::uint64_t> made{0};

 private:
  void run() {
    auto next = timer_now();
    while (!stop_) {
      next = std::max(next + milliseconds{1}, timer_now() - milliseconds{50});
      std::this_thread::sleep_until(next);
      if (!on) continue;
      invalidation::Purge purge;
      purge.selectors = {"t nobody:" + std::to_string(++made)};
      purge.wait = config::Wait::None;
      static_cast<void>(purger_.purge(std::move(purge), Millis{5'000}));
    }
  }

  Purger purger_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

struct Round {
  double rate = 0;  ///< hits a second
  double cost = 0;  ///< microseconds of the proxy for each
};

Round play_round(ChildProxy& proxy, const Clients& clients) {
  const auto began = timer_now();
  const auto cpu = proxy.process().cpu_time();
  const std::uint64_t answers = clients.answers();
  std::this_thread::sleep_for(kRound);
  const auto hits = static_cast<double>(clients.answers() - answers);
  const std::chrono::duration<double> took = timer_now() - began;
  const std::chrono::duration<double, std::micro> used = proxy.process().cpu_time() - cpu;
  return {hits / took.count(), used.count() / hits};
}

}  // namespace

TEST_CASE("what a thousand purges a second cost hits", "[purge]") {
  StageSettings settings;
  settings.proxies = 1;
  settings.memory = "64MiB";
  settings.takes = milliseconds{0};
  Stage stage{std::move(settings)};
  const Clients clients{stage.proxy(0).port(), 2};
  Purging purging{stage.redis()};
  REQUIRE(eventually([&] { return clients.answers() > 20 * kKeys; }));
  const std::size_t rounds = setting("WARMFRONT_ROUNDS", 5);
  std::array<std::vector<double>, 2> rates;
  std::array<std::vector<double>, 2> costs;
  std::uint64_t made = 0;
  for (std::size_t i = 0; i < 2 * rounds; ++i) {
    purging.on = i % 2 == 1;
    const std::uint64_t before = purging.made;
    const Round round = play_round(stage.proxy(0), clients);
    made += purging.made - before;
    rates[i % 2].push_back(round.rate);
    costs[i % 2].push_back(round.cost);
  }
  const double rate = quantile(rates[1], 0.5) / quantile(rates[0], 0.5);
  const double cost = quantile(costs[1], 0.5) / quantile(costs[0], 0.5);
  std::cout << "hits: " << quantile(rates[0], 0.5) << "/s at " << quantile(costs[0], 0.5)
            << " us of processor; with " << made / rounds << " purges/s " << quantile(rates[1], 0.5)
            << "/s at " << quantile(costs[1], 0.5) << " us: rate x " << rate << ", cost x " << cost
            << '\n';
  CHECK(made > 500 * rounds);
  // Of a machine that does other things too.
  CHECK(cost < 1.3);
}

}  // namespace wf::test
