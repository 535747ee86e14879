// What a reload takes over, and where routes are counted after it.
#include <catch2/catch.hpp>

#include "proxy/server/setup.hpp"

using namespace wf;
using namespace wf::server;

namespace {

config::Config with_routes(const std::vector<std::string>& names) {
  config::Config config;
  config.upstreams["api"].servers.push_back({{"127.0.0.1", 9000, {}}});
  for (const std::string& name : names) {
    config::Route& route = config.routes.emplace_back();
    route.name = name;
    route.upstream = "api";
  }
  return config;
}

}  // namespace

TEST_CASE("routes, upstreams, limits and hosts are taken over") {
  const config::Config running = with_routes({"a"});
  config::Config wanted = with_routes({"b", "a"});
  wanted.upstreams["api"].max_idle = 1;
  wanted.limits.fields = 7;
  wanted.listen.front().hosts = {"example.com"};
  wanted.log.level = config::LogLevel::Debug;
  const Reloaded got = reloadable(running, wanted);
  CHECK(got.config == wanted);
  CHECK(got.waiting.empty());
}

TEST_CASE("what is bound, stored or shared waits for a restart, and is told by its key") {
  const config::Config running = with_routes({"a"});
  struct Row {
    const char* key;
    void (*change)(config::Config&);
  };
  for (const Row& row : {
           Row{"listen", [](config::Config& c) { c.listen.front().address.port = 1; }},
           Row{"listen", [](config::Config& c) { c.listen.emplace_back(); }},
           Row{"admin", [](config::Config& c) { c.admin.emplace(); }},
           Row{"workers", [](config::Config& c) { c.workers = 3; }},
           Row{"drain_timeout", [](config::Config& c) { c.drain_timeout *= 2; }},
           Row{"via", [](config::Config& c) { c.via = "other"; }},
           Row{"store", [](config::Config& c) { c.store.redis.emplace(); }},
           Row{"process", [](config::Config& c) { c.process.user = "nobody"; }},
           Row{"log.access", [](config::Config& c) { c.log.access = "off"; }},
           Row{"limits.connections", [](config::Config& c) { c.limits.connections = 1; }},
       }) {
    CAPTURE(row.key);
    config::Config wanted = running;
    row.change(wanted);
    const Reloaded got = reloadable(running, wanted);
    CHECK(got.config == running);
    CHECK(got.waiting == std::vector<std::string>{row.key});
  }
}

TEST_CASE("what routes have of memory waits for a restart, the rest of them does not") {
  config::Config running = with_routes({"a", "b"});
  running.routes[0].cache.emplace().memory.admit = config::Admit::Second;
  config::Config wanted = with_routes({"new", "a"});
  wanted.routes[0].cache.emplace().memory.share = config::Share{Bytes{}, 10};
  wanted.routes[1].cache.emplace().max_variants = 3;
  const Reloaded got = reloadable(running, wanted);
  CHECK(got.waiting == std::vector<std::string>{"routes[].cache.memory"});
  CHECK(got.config.routes[0].cache->memory == config::RouteMemory{});
  CHECK(got.config.routes[1].cache->memory.admit == config::Admit::Second);
  CHECK(got.config.routes[1].cache->max_variants == 3);
}

TEST_CASE("a route is counted under its name, wherever it stands and whenever it came") {
  const config::Config first = with_routes({"a", "b"});
  RouteNames names{first};
  const auto setup = [&](const std::vector<std::string>& routes) {
    return Setup{std::make_shared<const config::Config>(with_routes(routes)), names}.places;
  };
  CHECK(setup({"a", "b"}) == std::vector<std::size_t>{0, 1});
  CHECK(setup({"b", "c", "a"}) == std::vector<std::size_t>{1, 2, 0});
  CHECK(setup({"c"}) == std::vector<std::size_t>{2});
  CHECK(names.all() == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("more names than there is room for are counted with none") {
  RouteNames names{with_routes({"a"})};
  for (std::size_t i = 0; i < 2 * RouteNames::kMore; ++i) {
    const std::size_t place = names.place("r" + std::to_string(i));
    CHECK(place == std::min(i + 1, names.room()));
  }
  CHECK(names.all().size() == names.room());
}
