// After a write or a purge has returned, no proxy serves anything older (design §7): three proxies
// under random reads, writes and purges of every kind, with a slow origin, and faults all the
// while: Redis restarted, links cut, keys lost, a proxy frozen and thawed.

#include <catch2/catch.hpp>

#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>

#include "tests/fleet/ledger.hpp"
#include "tests/fleet/purger.hpp"
#include "tests/fleet/settings.hpp"
#include "tests/walk/http_client.hpp"
#include "tests/walk/process.hpp"
#include "tests/walk/proxy.hpp"

namespace wf::test {

namespace {

using invalidation::PurgeMode;
using invalidation::Receipt;

constexpr Millis kLease{500};
constexpr Millis kTimeout{10'000};

/// How long a turn lasts at least, whatever it has read.
std::chrono::seconds turn() {
  const char* set = std::getenv("WARMFRONT_COHERENCE_SECONDS");
  return std::chrono::seconds{set == nullptr ? 6 : std::atoi(set)};
}

std::string target_of(std::size_t resource) { return "/k/" + std::to_string(resource); }

std::size_t resource_of(std::string_view target) {
  return std::stoul(std::string{target.substr(target.rfind('/') + 1)});
}

/// GET brings the version, PUT makes a new one; slow by chance, as origins are.
Handler versions(Ledger& ledger) {
  return [&ledger](const OriginRequest& request) {
    thread_local std::minstd_rand random{std::random_device{}()};
    const std::size_t resource = resource_of(request.path());
    const bool write = request.method == "PUT";
    const auto version = write ? ledger.change(resource) : ledger.version(resource);
    ::usleep(static_cast<useconds_t>(random() % 8 == 0 ? random() % 20'000 : random() % 500));
    return reply(request, {200, {}, std::to_string(version)});
  };
}

std::string yaml_for(const ScriptedOrigin& origin, const RedisServer& redis) {
  return "listen: [{address: \"127.0.0.1:0\"}]\nworkers: 1\nlog: {access: off}\n"
         "store: {redis: {url: \"redis://127.0.0.1:" +
         std::to_string(redis.port()) +
         "/0\", timeout: 500ms, on_down: origin, lease: 500ms}}\n"
         "upstreams: {origin: {servers: [\"http://127.0.0.1:" +
         std::to_string(origin.address().port) +
         "\"]}}\nroutes: [{name: k, match: \"/k/{id}\", upstream: origin,"
         " cache: {ttl: 60s, tags: [\"k:{id}\", \"k\"]}}]\n";
}

config::Config config_of(const ScriptedOrigin& origin, const RedisServer& redis,
                         std::string prefix) {
  config::Config config = config_for(origin, redis);
  config.store.redis->timeout = 500ms;
  config.store.redis->on_down = config::OnDown::Origin;
  config.store.redis->lease = kLease;
  config.store.redis->prefix = std::move(prefix);
  config::Route& route = add_route(config, "k", "/k/{id}");
  route.cache->ttl = 60s;
  route.cache->tags = {"k:{id}", "k"};
  return config;
}

class Fleet {
 public:
  enum class Faults : std::uint8_t { No, Yes };
  struct Play {
    std::string prefix;  ///< of the second proxy: another one than "wf" keeps the purges from it
    std::size_t resources;
    Faults faults;
  };

  explicit Fleet(const Play& play)
      : ledger(play.resources),
        with_faults_(play.faults),
        a_(config_of(origin_, redis_, "wf")),
        b_(config_of(origin_, redis_, play.prefix)),
        c_(yaml_for(origin_, redis_)) {}

  /// Until that time has passed and so much was read.
  void run(std::chrono::seconds how_long, std::uint64_t reads = 0) {
    for (int i = 0; i < 6; ++i) threads_.emplace_back([this] { read_all_the_time(); });
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { write_all_the_time(); });
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { purge_all_the_time(); });
    const auto until = std::chrono::steady_clock::now() + how_long;
    while (std::chrono::steady_clock::now() < until || ledger.reads() < reads) {
      if (with_faults_ == Faults::Yes) disturb();
      ::usleep(static_cast<useconds_t>(random()() % 400'000));
    }
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

  Ledger ledger;
  std::atomic<std::uint64_t> writes{0}, purges{0}, faults{0};

 private:
  static std::minstd_rand& random() {
    thread_local std::minstd_rand random{std::random_device{}()};
    return random;
  }
  [[nodiscard]] std::uint16_t any_port() const {
    const std::array<std::uint16_t, 3> ports{a_.port(), b_.port(), c_.port()};
    return ports.at(random()() % ports.size());
  }

  void read_all_the_time() {
    while (!stop_) {
      HttpClient client{any_port()};
      for (int i = 0; i < 50 && !stop_; ++i) {
        const std::size_t resource = random()() % ledger.size();
        const std::uint64_t floor = ledger.floor(resource);
        const Response response = client.get(target_of(resource));
        if (!response.whole()) break;
        if (response.status != 200) continue;
        ledger.judge(resource, floor, std::stoull(response.body),
                     std::string{response.field("Cache-Status")});
      }
    }
  }

  void write_all_the_time() {
    while (!stop_) {
      const std::size_t resource = random()() % ledger.size();
      const Response response = ask(any_port(), {"PUT", target_of(resource), {}, "new"});
      // Where Redis is down the answer says that the others do not know yet.
      if (response.status != 200 || response.has("Warmfront-Invalidation")) continue;
      ledger.returned(resource, std::stoull(response.body));
      ++writes;
    }
  }

  static invalidation::Purge purge_of(std::size_t resource) {
    const std::string host{HttpClient::kHost};
    const std::string target = target_of(resource);
    invalidation::Purge purge;
    purge.mode = random()() % 3 == 0 ? PurgeMode::Soft : PurgeMode::Hard;
    switch (random()() % 7) {
      case 0:
        purge.selectors = {invalidation::uri_selector(host, target, "", false)};
        break;
      case 1:
        purge.selectors = {invalidation::path_selector(host, target)};
        break;
      case 2:
        purge.selectors = {"t k:" + std::to_string(resource)};
        break;
      case 3:
        purge.selectors = {invalidation::prefix_selector(host, "/k").value()};
        break;
      case 4:
        purge.selectors = {invalidation::pattern_selector(host, "/k/*").value()};
        break;
      case 5:
        purge.selectors = {invalidation::namespace_selector("k").value()};
        break;
      default:
        purge.selectors = {"t k"};
        break;
    }
    return purge;
  }

  /// What changed at the origin without any proxy's knowledge.
  void purge_all_the_time() {
    while (!stop_) {
      const std::size_t resource = random()() % ledger.size();
      const std::uint64_t version = ledger.change(resource);
      const Receipt receipt = purger_.purge(purge_of(resource), kTimeout);
      if (receipt.state == Receipt::State::Pending || receipt.state == Receipt::State::TimedOut) {
        ::usleep(10'000);  // Redis is down: it need not be asked all the time
        continue;
      }
      ledger.returned(resource, version);
      ++purges;
    }
  }

  /// One fault.
  void disturb() {
    ++faults;
    switch (random()() % 5) {
      case 0:
        c_.freeze();
        ::usleep(200'000 + static_cast<useconds_t>(random()() % 800'000));
        c_.thaw();
        break;
      case 1:
        redis_.kill();
        ::usleep(static_cast<useconds_t>(random()() % 300'000));
        redis_.restart();
        break;
      case 2:
        redis_.ask({"CLIENT", "KILL", "TYPE", "normal"});
        redis_.ask({"CLIENT", "KILL", "TYPE", "pubsub"});
        break;
      case 3: {
        const std::array<std::string, 3> keys{"{wf}:log", "{wf}:index", "{wf}:nodes"};
        redis_.ask({"DEL", keys.at(random()() % keys.size())});
        break;
      }
      default:
        for (int i = 0; i < 20; ++i) {
          const redis::Reply key = redis_.ask({"RANDOMKEY"});
          if (!key.text().empty()) redis_.ask({"DEL", std::string{key.text()}});
        }
        break;
    }
  }

  const Faults with_faults_;
  RedisServer redis_;
  ScriptedOrigin origin_{versions(ledger)};
  Proxy a_;
  Proxy b_;
  ProxyProcess c_;
  Purger purger_{redis_, kLease};
  std::atomic<bool> stop_{false};
  std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE("nothing older than what has returned is served", "[coherence]") {
  Fleet fleet{{"wf", 40, Fleet::Faults::Yes}};
  fleet.run(turn(), setting("WARMFRONT_COHERENCE_READS", 0));
  std::cout << fleet.ledger.reads() << " reads, " << fleet.writes << " writes and " << fleet.purges
            << " purges that returned, " << fleet.faults << " faults: " << fleet.ledger.too_old()
            << " too old\n";
  for (const std::string& complaint : fleet.ledger.complaints()) UNSCOPED_INFO(complaint);
  CHECK(fleet.ledger.too_old() == 0);
  CHECK(fleet.ledger.reads() > 100);
  CHECK(fleet.writes > 0);
  CHECK(fleet.purges > 0);
}

TEST_CASE("the check finds a proxy that the purges do not reach", "[coherence]") {
  Fleet fleet{{"elsewhere", 3, Fleet::Faults::No}};
  fleet.run(std::min(turn(), std::chrono::seconds{4}));
  std::cout << "with one proxy that hears of no purge: " << fleet.ledger.too_old() << " of "
            << fleet.ledger.reads() << " too old\n";
  CHECK(fleet.ledger.too_old() > 0);
}

}  // namespace wf::test
