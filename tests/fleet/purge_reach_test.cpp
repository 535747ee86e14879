// How long a purge takes to the last of three proxies that are under load (design §7).
// WARMFRONT_PURGES (200) says how many are timed.

#include <catch2/catch.hpp>

#include <csignal>
#include <iostream>

#include "tests/fleet/purger.hpp"
#include "tests/fleet/settings.hpp"
#include "tests/fleet/stage.hpp"
#include "tests/fleet/story.hpp"
#include "tests/walk/proxy.hpp"

namespace wf::test {

namespace {

using invalidation::NodeLag;
using invalidation::Receipt;
using std::chrono::milliseconds;

constexpr Millis kLease{2'000};

Receipt purge_hot_key(Purger& purger, std::size_t number) {
  invalidation::Purge purge;
  purge.selectors = {invalidation::uri_selector(HttpClient::kHost,
                                                "/hot/" + std::to_string(number % 64), "", false)};
  return purger.purge(std::move(purge), Millis{10'000});
}

/// The slowest of its proxies.
Millis last_of(const Receipt& receipt) {
  Millis last{0};
  for (const NodeLag& node : receipt.nodes) last = std::max(last, node.lag);
  return last;
}

bool everywhere(const Receipt& receipt, std::size_t proxies) {
  return receipt.state == Receipt::State::Everywhere && receipt.nodes.size() == proxies;
}

}  // namespace

TEST_CASE("a purge reaches the last of three proxies within 20 ms, and waits for a frozen one",
          "[purge]") {
  StageSettings settings;
  settings.proxies = 3;
  Stage stage{std::move(settings)};
  Purger purger{stage.redis(), kLease};
  REQUIRE(eventually([&] { return everywhere(purge_hot_key(purger, 0), 3); }));
  Load load{stage.plan()};
  const std::size_t times = setting("WARMFRONT_PURGES", 200);
  std::vector<Millis> lags;
  for (std::size_t i = 0; i < times; ++i) {
    const Receipt receipt = purge_hot_key(purger, i);
    CHECK(everywhere(receipt, 3));
    lags.push_back(last_of(receipt));
    std::this_thread::sleep_for(milliseconds{10});
  }
  const Noticed noticed = load.next_phase();
  std::cout << times << " purges under " << noticed.requests << " requests (p99 "
            << noticed.quantile(0.99).count() << " us): the last proxy after p50 "
            << quantile(lags, 0.5).count() << " ms, p99 " << quantile(lags, 0.99).count()
            << " ms\n";
  CHECK(noticed.failed == 0);
  CHECK(quantile(lags, 0.99) <= milliseconds{20} + slack());
  static_cast<void>(load.finish());

  stage.proxy(2).process().signal(SIGSTOP);
  const auto begun = timer_now();
  const Receipt receipt = purge_hot_key(purger, 1);
  const auto took = std::chrono::ceil<milliseconds>(timer_now() - begun);
  std::cout << "with one of them frozen: " << took.count() << " ms, "
            << invalidation::to_string(receipt.state) << '\n';
  CHECK(receipt.state == Receipt::State::ByLease);
  CHECK(took <= kLease + slack());
  std::size_t lapsed = 0;
  for (const NodeLag& node : receipt.nodes) lapsed += node.state == NodeLag::State::Lapsed ? 1 : 0;
  CHECK(lapsed == 1);
  stage.proxy(2).process().signal(SIGCONT);
  CHECK(eventually([&] { return everywhere(purge_hot_key(purger, 2), 3); }));
}

}  // namespace wf::test
