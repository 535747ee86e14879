#include "config/describe.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/address.hpp"
#include "config/units.hpp"

namespace wf::config {
namespace {

std::string listeners(const Config& config) {
  std::string out = "listen     ";
  for (std::size_t i = 0; i < config.listen.size(); ++i) {
    const Listener& listener = config.listen[i];
    out += (i > 0 ? ", " : "") + to_text(listener.address);
    if (!listener.hosts.empty()) out += fmt::format(" for {}", fmt::join(listener.hosts, " "));
  }
  return out + "\n";
}

std::string_view word(OnDown on_down) {
  switch (on_down) {
    case OnDown::Memory:
      return "memory";
    case OnDown::Origin:
      return "origin";
    case OnDown::Fail:
      return "fail";
  }
  return "";
}

std::string place_of(const RedisStore& redis) {
  const std::string_view tls = redis.uses_tls ? " by TLS" : "";
  if (redis.kind == RedisKind::Server) return fmt::format("{}{}", to_text(redis.address), tls);
  std::vector<std::string> nodes;
  for (const Address& node : redis.nodes) nodes.push_back(to_text(node));
  if (redis.kind == RedisKind::Cluster) {
    return fmt::format("Cluster of {}{}", fmt::join(nodes, ", "), tls);
  }
  return fmt::format("master {} of Sentinel {}{}", redis.master, fmt::join(nodes, ", "), tls);
}

std::string store(const Store& store) {
  const bool has_memory = store.memory.size.count > 0;
  std::string out =
      fmt::format("memory     {}\n", has_memory ? to_text(store.memory.size) : std::string{"off"});
  if (!store.redis) return out + "redis      off\n";
  const RedisStore& redis = *store.redis;
  return out + fmt::format("redis      {} db {}, prefix {}, timeout {}, on_down {}\n",
                           place_of(redis), redis.database, redis.prefix, to_text(redis.timeout),
                           word(redis.on_down));
}

std::string upstreams(const Config& config) {
  std::string out;
  for (const auto& [name, upstream] : config.upstreams) {
    std::vector<std::string> servers;
    for (const Server& server : upstream.servers) servers.push_back(to_text(server.address));
    out += fmt::format("upstream   {}: {}\n", name, fmt::join(servers, ", "));
  }
  return out;
}

/// What a route does with answers whose origin says nothing.
std::string ttl_of(const Route& route) {
  if (!route.cache) return "not cached";
  const Cache& cache = *route.cache;
  if (cache.ttl_override) return "always " + to_text(*cache.ttl_override);
  return cache.ttl ? to_text(*cache.ttl) : std::string{"as the origin says"};
}

std::string condition_of(const Match& match) {
  std::string out;
  if (!match.methods.empty()) out += fmt::format("{} ", fmt::join(match.methods, ","));
  out += fmt::format("{}", fmt::join(match.hosts, ","));
  return out + match.path;
}

/// The rows below each other, every column but the last as wide as its longest cell.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      out += fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    out += row.back() + "\n";
  }
  return out;
}

}  // namespace

std::string describe(const Config& config) {
  std::string out = listeners(config) + store(config.store) + upstreams(config) + "\n";
  std::vector<std::vector<std::string>> rows{{"route", "match", "upstream", "ttl"}};
  for (const Route& route : config.routes) {
    rows.push_back({route.name, condition_of(route.match), route.upstream, ttl_of(route)});
  }
  return out + table(rows);
}

}  // namespace wf::config
