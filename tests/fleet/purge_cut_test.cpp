// The link to Redis is cut for WARMFRONT_CUT_SECONDS (3), and WARMFRONT_CUT_PURGES (2,000) are made
// meanwhile: nothing old is served then (`on_down: origin`) nor afterwards, when the proxies have
// caught up with all of them (design §7).

#include <catch2/catch.hpp>

#include <iostream>
#include <random>
#include <thread>

#include "proxy/server/shared.hpp"
#include "tests/fault_proxy/fault_proxy.hpp"
#include "tests/fleet/ledger.hpp"
#include "tests/fleet/purger.hpp"
#include "tests/fleet/settings.hpp"
#include "tests/walk/http_client.hpp"
#include "tests/walk/proxy.hpp"

namespace wf::test {

namespace {

using invalidation::Receipt;
using invalidation::Trust;

constexpr Millis kLease{500};
constexpr std::size_t kRead = 100;  // of the resources, so many are read all the time

std::string target_of(std::size_t resource) { return "/k/" + std::to_string(resource); }

class Fleet {
 public:
  explicit Fleet(std::size_t resources) : ledger(resources) {
    for (int i = 0; i < 3; ++i) proxies_.push_back(std::make_unique<Proxy>(config()));
    for (std::size_t resource = 0; resource < kRead; ++resource) read(resource);
  }

  /// Through each proxy.
  void read(std::size_t resource) {
    for (const auto& proxy : proxies_) read(*proxy, resource);
  }
  void read_all_the_time() {
    std::minstd_rand random{std::random_device{}()};
    while (!stop) read(*proxies_[random() % proxies_.size()], random() % kRead);
  }
  /// A change at the origin, and its purge; the sequence of it.
  cache::Sequence change(std::size_t resource) {
    const std::uint64_t version = ledger.change(resource);
    invalidation::Purge purge;
    purge.wait = config::Wait::None;
    purge.selectors = {
        invalidation::uri_selector(HttpClient::kHost, target_of(resource), "", false)};
    const Receipt receipt = purger_.purge(std::move(purge), Millis{10'000});
    if (receipt.state == Receipt::State::Accepted) ledger.returned(resource, version);
    return receipt.sequence;
  }
  void cut() {
    link_.apply("refuse");
    link_.apply("reset");
  }
  void mend() { link_.apply("accept"); }
  /// Whether all of them do.
  [[nodiscard]] bool trust(Trust trust) const {
    return std::all_of(proxies_.begin(), proxies_.end(),
                       [&](const auto& proxy) { return proxy->shared().lease.trust() == trust; });
  }
  [[nodiscard]] bool have_applied(const cache::Sequence& last, std::size_t purges) const {
    return std::all_of(proxies_.begin(), proxies_.end(), [&](const auto& proxy) {
      const auto& table = proxy->shared().purges;
      return table.position().sequence >= last && table.size() >= purges;
    });
  }
  [[nodiscard]] cache::Birth birth() const {
    return proxies_.front()->shared().purges.position().birth;
  }

  Ledger ledger;
  std::atomic<bool> stop{false};

 private:
  void read(Proxy& proxy, std::size_t resource) {
    const std::uint64_t floor = ledger.floor(resource);
    const Response response = get(proxy.port(), target_of(resource));
    if (response.status != 200 || !response.whole()) return;
    ledger.judge(resource, floor, std::stoull(response.body),
                 std::string{response.field("Cache-Status")});
  }
  config::Config config() {
    config::Config config = config_for(origin_, redis_);
    config.workers = 1;
    config.store.redis->address.port = link_.port();
    config.store.redis->timeout = 500ms;
    config.store.redis->lease = kLease;
    config.store.redis->on_down = config::OnDown::Origin;
    return config;
  }
  Script answer(const OriginRequest& request) const {
    const std::string path{request.path()};
    const std::size_t resource = std::stoul(path.substr(path.rfind('/') + 1));
    return reply(request, {200, {}, std::to_string(ledger.version(resource))});
  }

  RedisServer redis_;
  fault::FaultProxy link_{redis_.address()};
  ScriptedOrigin origin_{[this](const OriginRequest& request) { return answer(request); }};
  std::vector<std::unique_ptr<Proxy>> proxies_;
  Purger purger_{redis_, kLease};
};

}  // namespace

TEST_CASE("purges that are made while the link is cut are applied when it is back", "[purge]") {
  const std::chrono::seconds length{setting("WARMFRONT_CUT_SECONDS", 3)};
  const std::size_t purges = setting("WARMFRONT_CUT_PURGES", 2'000);
  Fleet fleet{purges};
  const cache::Birth birth = fleet.birth();
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) readers.emplace_back([&] { fleet.read_all_the_time(); });

  const auto began = timer_now();
  fleet.cut();
  // From here on a purge that has returned is in force: nobody has a lease.
  REQUIRE(eventually([&] { return fleet.trust(Trust::None); }));
  cache::Sequence last;
  for (std::size_t i = 0; i < purges; ++i) {
    const cache::Sequence sequence = fleet.change(i);
    CHECK(sequence > last);
    last = sequence;
    std::this_thread::sleep_until(began + length * (i + 1) / purges);
  }
  fleet.mend();
  const auto mended = timer_now();
  REQUIRE(eventually([&] { return fleet.have_applied(last, purges); }));
  const auto took = std::chrono::ceil<Millis>(timer_now() - mended);
  REQUIRE(eventually([&] { return fleet.trust(Trust::Exact); }));
  for (std::size_t resource = 0; resource < kRead; ++resource) fleet.read(resource);
  fleet.stop = true;
  for (std::thread& reader : readers) reader.join();
  std::cout << purges << " purges while the link was cut for " << length.count()
            << " s: known to three proxies " << took.count() << " ms after it was back; "
            << fleet.ledger.too_old() << " of " << fleet.ledger.reads() << " reads too old\n";
  for (const std::string& complaint : fleet.ledger.complaints()) UNSCOPED_INFO(complaint);
  CHECK(fleet.ledger.too_old() == 0);
  CHECK(fleet.birth() == birth);
}

}  // namespace wf::test
