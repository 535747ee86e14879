#include "tests/walk/proxy.hpp"

#include "proxy/cache/redis_keys.hpp"
#include "proxy/observe/log.hpp"
#include "proxy/policy/key.hpp"
#include "proxy/server/server.hpp"
#include "tests/walk/http_client.hpp"

namespace wf::test {

namespace {

const SystemClock& system_clock() {
  static const SystemClock clock;
  return clock;
}

/// As the server keys a GET on a route with the default rules.
std::string key_of(const std::string& target) {
  policy::KeyParts parts;
  const std::string_view text = target;
  const std::size_t mark = std::min(text.find('?'), text.size());
  parts.name_space = "all";
  parts.scheme = "http";
  parts.host = HttpClient::kHost;
  parts.path = text.substr(0, mark);
  parts.has_query = mark < text.size();
  if (parts.has_query) parts.query = text.substr(mark + 1);
  std::string key;
  policy::append_key(parts, {}, key);
  return key;
}

}  // namespace

config::Config config_for(const ScriptedOrigin& origin) {
  config::Config config;
  config.listen = {config::Listener{{"127.0.0.1", 0, {}}, {}, {}}};
  config.workers = 2;
  config.drain_timeout = 5s;
  config.log.access = "off";
  config.upstreams["origin"].servers = {origin.server()};
  config::Route& all = add_route(config, "all", "/**");
  all.cache->ttl = 60s;
  return config;
}

config::Config config_for(const ScriptedOrigin& origin, const RedisServer& redis) {
  config::Config config = config_for(origin);
  config.store.redis.emplace();
  config.store.redis->address = redis.address();
  config.store.redis->timeout = 3s;
  config.store.redis->connect_timeout = 5s;
  return config;
}

config::Cache& cache_of(config::Config& config) { return *config.routes.back().cache; }

config::Route& add_route(config::Config& config, std::string name, std::string path) {
  config::Route route;
  route.name = std::move(name);
  route.match.path = std::move(path);
  route.upstream = "origin";
  route.cache.emplace();
  return *config.routes.insert(config.routes.begin(), std::move(route));
}

Proxy::Proxy(config::Config config, const Clock& clock)
    : config_(std::make_shared<const config::Config>(std::move(config))), clock_(clock) {
  observe::start_log(config::LogLevel::Error);
  start();
}

Proxy::Proxy(config::Config config) : Proxy(std::move(config), system_clock()) {}

Proxy::~Proxy() = default;

server::Shared& Proxy::shared() noexcept { return server_->shared(); }

void Proxy::start() {
  server_ = std::make_unique<server::Server>(config_, clock_);
  server_->start();
  port_ = server_->ports().front();
}

void Proxy::stop() {
  server_->stop();
  server_.reset();
}

void Proxy::restart() {
  stop();
  start();
}

std::size_t Proxy::waiting(const std::string& target) {
  const std::shared_ptr<cache::Fill> fill = shared().fills.find(key_of(target));
  // Everyone who waits holds the fill once; so do the table, its permit, its run, and we.
  constexpr long kOthers = 4;
  return static_cast<std::size_t>(std::max(0L, fill.use_count() - kOthers));
}

std::size_t Proxy::fills() { return shared().fills.size(); }

std::size_t Proxy::pending_purges() { return shared().purge_log.pending(); }

bool Proxy::knows_purges_of(Proxy& other) {
  const cache::Stamp theirs = other.shared().purges.position();
  const cache::Stamp ours = shared().purges.position();
  return ours.birth == theirs.birth && ours.sequence >= theirs.sequence;
}

bool Proxy::in_redis(const RedisServer& redis, const std::string& target) {
  const auto keys = cache::RedisKeys::with_prefix(config::RedisStore{}.prefix).value();
  return redis.ask({"EXISTS", keys.record(cache::slot_of(key_of(target), {}))}).integer() == 1;
}

}  // namespace wf::test
