#include "proxy/server/shared.hpp"

namespace wf::server {

namespace {

invalidation::PurgeLogSettings log_settings(const config::Store& store) {
  invalidation::PurgeLogSettings settings;
  settings.retention = store.max_lifetime;
  settings.shared = store.redis.has_value();
  if (settings.shared) {
    settings.log_key = "{" + store.redis->prefix + "}:log";
    settings.birth_key = "{" + store.redis->prefix + "}:birth";
  }
  return settings;
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
      purges(config->store.max_lifetime),
      purge_log(purges, fleet_clock, log_settings(config->store)),
      access_log(config->log.access, time) {}

}  // namespace wf::server
