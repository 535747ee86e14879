#include "config/validate.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "config/address.hpp"
#include "config/shadowing.hpp"
#include "config/template_check.hpp"
#include "config/units.hpp"
#include "config/wording.hpp"

namespace wf::config {
namespace {

using Findings = std::vector<Finding>;

void check_listeners(const Config& config, Findings& findings) {
  std::map<std::string, std::size_t> first;
  for (std::size_t i = 0; i < config.listen.size(); ++i) {
    const Address& address = config.listen[i].address;
    const bool kernel_chooses = address.unix_path.empty() && address.port == 0;
    if (kernel_chooses) continue;
    const auto [it, is_new] = first.emplace(to_text(address), i);
    if (is_new) continue;
    findings.push_back({fmt::format("listen[{}].address", i),
                        fmt::format("listen[{}] has the same address", it->second)});
  }
}

void check_admin(const Config& config, Findings& findings) {
  if (!config.admin) return;
  const Address& address = config.admin->address;
  if (address.unix_path.empty() && address.port == 0) return;
  for (std::size_t i = 0; i < config.listen.size(); ++i) {
    if (config.listen[i].address != address) continue;
    findings.push_back({"admin.address", fmt::format("listen[{}] has the same address", i)});
  }
}

void check_limits(const Config& config, Findings& findings) {
  const ClientLimits& limits = config.limits;
  if (limits.field_line > limits.header_block) {
    findings.push_back({"limits.field_line",
                        fmt::format("more than limits.header_block ({}), which holds all of them",
                                    to_text(limits.header_block))});
  }
  if (limits.connections && *limits.connections > limits.per_address.remembered) {
    findings.push_back({"limits.per_address.remembered",
                        fmt::format("less than limits.connections ({}), each of which may have an "
                                    "address of its own",
                                    *limits.connections)});
  }
}

void check_redis(const Store& store, Findings& findings) {
  if (!store.redis) return;
  const RedisStore& redis = *store.redis;
  if (!redis.uses_tls && redis.tls != RedisTls{}) {
    findings.push_back({"store.redis.tls", "only with rediss:// and its kin, which use TLS"});
  }
  if (redis.tls.certificate.has_value() != redis.tls.key.has_value()) {
    const char* missing = redis.tls.key ? "certificate" : "key";
    findings.push_back({"store.redis.tls", fmt::format("needs its {} as well", missing)});
  }
  if (redis.kind != RedisKind::Sentinel && redis.sentinel != SentinelLogin{}) {
    findings.push_back({"store.redis.sentinel", "only with redis+sentinel://"});
  }
  if (redis.kind != RedisKind::Cluster && redis.read_from == ReadFrom::Replica) {
    findings.push_back({"store.redis.read_from", "replica is only for redis+cluster://"});
  }
}

void check_names(const Config& config, Findings& findings) {
  std::vector<std::string_view> upstreams;
  for (const auto& [name, upstream] : config.upstreams) upstreams.push_back(name);
  std::map<std::string_view, std::size_t> first;
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    const Route& route = config.routes[i];
    // Where there are no upstreams at all, that has been told already.
    const bool known = upstreams.empty() || config.upstreams.contains(route.upstream);
    if (!known && !route.upstream.empty()) {
      findings.push_back({fmt::format("routes[{}].upstream", i),
                          fmt::format("no upstream has the name {}{}", quoted(route.upstream),
                                      suggestion(route.upstream, upstreams))});
    }
    if (route.name.empty()) continue;
    const auto [it, is_new] = first.emplace(route.name, i);
    if (is_new) continue;
    findings.push_back({fmt::format("routes[{}].name", i),
                        fmt::format("routes[{}] has the same name", it->second)});
  }
}

/// Collects what is wrong with one route's cache.
class CacheCheck {
 public:
  CacheCheck(const Cache& cache, const Store& store, std::size_t route, Findings& findings)
      : cache_(cache), store_(store), route_(route), findings_(findings) {}

  void bounds() {
    if (cache_.min_ttl && cache_.max_ttl && *cache_.min_ttl > *cache_.max_ttl) {
      tell("min_ttl", fmt::format("more than max_ttl ({})", to_text(*cache_.max_ttl)));
    }
    if (cache_.query.include && !cache_.query.exclude.empty()) {
      tell("query.exclude", "not together with include, which already says what is kept");
    }
  }

  /// No record outlives the index of purges (design §7): longer times could not be kept.
  void lifetimes() {
    lifetime("ttl", cache_.ttl);
    lifetime("ttl_override", cache_.ttl_override);
    lifetime("min_ttl", cache_.min_ttl);
    lifetime("max_ttl", cache_.max_ttl);
    stale("stale_while_revalidate", cache_.stale_while_revalidate);
    stale("stale_if_error", cache_.stale_if_error);
    stale("grace", cache_.grace);
    for (const auto& [status, ttl] : cache_.negative) {
      lifetime(fmt::format("negative.{}", status), ttl);
    }
  }

 private:
  void tell(std::string_view key, std::string what) {
    findings_.push_back({fmt::format("routes[{}].cache.{}", route_, key), std::move(what)});
  }

  void lifetime(std::string_view key, std::optional<milliseconds> time) {
    if (!time || *time <= store_.max_lifetime) return;
    tell(key, fmt::format("more than store.max_lifetime ({})", to_text(store_.max_lifetime)));
  }

  /// Fresh time as the route may set it, and stale time after it.
  void stale(std::string_view key, std::optional<milliseconds> time) {
    if (!time) return;
    if (*time > store_.max_lifetime) return lifetime(key, time);
    const milliseconds fresh =
        std::max({cache_.ttl.value_or(0ms), cache_.ttl_override.value_or(0ms),
                  cache_.min_ttl.value_or(0ms)});
    if (fresh > store_.max_lifetime || fresh + *time <= store_.max_lifetime) return;
    tell(key, fmt::format("after {} of fresh time more than store.max_lifetime ({})",
                          to_text(fresh), to_text(store_.max_lifetime)));
  }

  const Cache& cache_;
  const Store& store_;
  std::size_t route_;
  Findings& findings_;
};

void check_reachable(const Config& config, Findings& findings) {
  for (const Shadow& shadow : shadowed_routes(config.routes)) {
    findings.push_back(
        {fmt::format("routes[{}].match", shadow.route),
         fmt::format("never reached: routes[{}] {} matches all of it and comes first", shadow.by,
                     quoted(config.routes[shadow.by].name))});
  }
}

}  // namespace

std::vector<Finding> validate(const Config& config) {
  Findings findings;
  check_listeners(config, findings);
  check_admin(config, findings);
  check_limits(config, findings);
  check_redis(config.store, findings);
  check_names(config, findings);
  check_reachable(config, findings);
  for (std::size_t i = 0; i < config.routes.size(); ++i) {
    const Route& route = config.routes[i];
    check_templates(route, i, findings);
    if (!route.cache) continue;
    CacheCheck check{*route.cache, config.store, i, findings};
    check.bounds();
    check.lifetimes();
  }
  return findings;
}

}  // namespace wf::config
