#include "proxy/server/shared.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "proxy/base/ascii.hpp"
#include "proxy/cache/lock_token.hpp"

namespace wf::server {

namespace {

/// Who that is, for people; and another after every start, for the protocol.
std::string node_name() {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  std::string name{host.data()};
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c <= ' ' || c > '~'; }, '_');
  const cache::EntityId id = cache::new_entity_id();
  const std::string random{reinterpret_cast<const char*>(id.data()), 4};
  return name + "." + std::to_string(::getpid()) + "." + ascii::hex(random);
}

invalidation::LogSettings log_settings(const config::Store& store) {
  invalidation::LogSettings settings;
  settings.window = store.max_lifetime + kLongestFill;
  settings.shared = store.redis.has_value();
  if (settings.shared) {
    settings.prefix = store.redis->prefix;
    settings.lease = store.redis->lease;
    settings.name = node_name();
  }
  return settings;
}

/// How long memory is trusted without a lease while Redis is down (design §8).
Millis grace(const config::Store& store) {
  const auto& redis = store.redis;
  return redis && redis->on_down == config::OnDown::Memory ? redis->on_down_grace : Millis{0};
}

std::optional<redis::Site> site_of(const config::Store& store) {
  if (!store.redis) return std::nullopt;
  return redis::Site{*store.redis};
}

}  // namespace

Shared::Shared(std::shared_ptr<const config::Config> configuration, const Clock& time)
    : config(std::move(configuration)),
      clock(time),
      fleet_clock(time),
      routes(config),
      redis(site_of(config->store)),
      memory(config->store.memory.size),
      variants(config->store.memory.size),
      purges(config->store.max_lifetime + kLongestFill),
      purge_log(purges, log_settings(config->store)),
      lease(config->store.redis.has_value(), grace(config->store)),
      access_log(config->log.access, time),
      addresses(config->limits.per_address) {}

}  // namespace wf::server
