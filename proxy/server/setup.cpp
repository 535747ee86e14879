#include "proxy/server/setup.hpp"

#include <algorithm>
#include <utility>

namespace wf::server {

namespace {

std::vector<std::size_t> places_of(const config::Config& config, RouteNames& names) {
  std::vector<std::size_t> places;
  for (const config::Route& route : config.routes) places.push_back(names.place(route.name));
  return places;
}

/// What of the listeners is in use as long as they are: all but the hosts.
std::vector<config::Listener> entrances(const config::Config& config) {
  std::vector<config::Listener> out = config.listen;
  for (config::Listener& listener : out) listener.hosts.clear();
  return out;
}

/// Takes the old value back, and notes that there was another.
template <class T>
void hold(std::string_view key, const T& running, T& wanted, std::vector<std::string>& waiting) {
  if (running == wanted) return;
  wanted = running;
  waiting.emplace_back(key);
}

config::RouteMemory memory_at_start(const config::Config& running, const std::string& route) {
  const auto found = std::find_if(running.routes.begin(), running.routes.end(),
                                  [&](const config::Route& r) { return r.name == route; });
  const bool has = found != running.routes.end() && found->cache;
  return has ? found->cache->memory : config::RouteMemory{};
}

/// Memory is divided at the start.
void hold_memory(const config::Config& running, config::Config& wanted,
                 std::vector<std::string>& waiting) {
  bool differs = false;
  for (config::Route& route : wanted.routes) {
    if (!route.cache) continue;
    const config::RouteMemory start = memory_at_start(running, route.name);
    config::RouteMemory& memory = route.cache->memory;
    differs = differs || memory.share != start.share || memory.admit != start.admit;
    memory.share = start.share;
    memory.admit = start.admit;
  }
  if (differs) waiting.emplace_back("routes[].cache.memory");
}

}  // namespace

RouteNames::RouteNames(const config::Config& config) : room_(config.routes.size() + kMore) {
  for (const config::Route& route : config.routes) names_.push_back(route.name);
}

std::size_t RouteNames::place(const std::string& name) {
  const std::lock_guard lock{mutex_};
  const auto found = std::find(names_.begin(), names_.end(), name);
  const auto place = static_cast<std::size_t>(found - names_.begin());
  if (found == names_.end() && names_.size() < room_) names_.push_back(name);
  return place;
}

std::vector<std::string> RouteNames::all() const {
  const std::lock_guard lock{mutex_};
  return names_;
}

Setup::Setup(std::shared_ptr<const config::Config> configuration, RouteNames& names)
    : config(std::move(configuration)), routes(config), places(places_of(*config, names)) {}

Reloaded reloadable(const config::Config& running, config::Config wanted) {
  Reloaded out;
  if (entrances(running) != entrances(wanted)) {
    wanted.listen = running.listen;
    out.waiting.emplace_back("listen");
  }
  hold("admin", running.admin, wanted.admin, out.waiting);
  hold("workers", running.workers, wanted.workers, out.waiting);
  hold("drain_timeout", running.drain_timeout, wanted.drain_timeout, out.waiting);
  hold("cache_status", running.cache_status, wanted.cache_status, out.waiting);
  hold("via", running.via, wanted.via, out.waiting);
  hold("trusted_proxies", running.trusted_proxies, wanted.trusted_proxies, out.waiting);
  hold("log.access", running.log.access, wanted.log.access, out.waiting);
  hold("process", running.process, wanted.process, out.waiting);
  hold("store", running.store, wanted.store, out.waiting);
  hold("limits.connections", running.limits.connections, wanted.limits.connections, out.waiting);
  hold("limits.per_address", running.limits.per_address, wanted.limits.per_address, out.waiting);
  hold_memory(running, wanted, out.waiting);
  out.config = std::move(wanted);
  return out;
}

}  // namespace wf::server
