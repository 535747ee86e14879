#include "proxy/admin/redis_call.hpp"

#include "proxy/invalidation/log_calls.hpp"
#include "proxy/invalidation/log_scripts.hpp"

namespace wf::admin {

namespace {

/// As one word of a POSIX shell, whatever it holds.
std::string shell_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += R"('\'')";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string place_options(const config::Address& address) {
  if (!address.unix_path.empty()) return " -s " + shell_quoted(address.unix_path);
  return " -h " + shell_quoted(address.host) + " -p " + std::to_string(address.port);
}

/// Whom redis-cli is to ask.
std::string server_options(const config::RedisStore& redis) {
  std::string out;
  switch (redis.kind) {
    case config::RedisKind::Server:
      out = place_options(redis.address);
      break;
    case config::RedisKind::Cluster:
      out = " -c" + place_options(redis.nodes.front());
      break;
    case config::RedisKind::Sentinel: {
      const std::string sentinel = "redis-cli" + place_options(redis.nodes.front()) +
                                   " SENTINEL GET-MASTER-ADDR-BY-NAME " +
                                   shell_quoted(redis.master);
      const std::string master = "$(" + sentinel + " | sed -n ";
      out = " -h \"" + master + "1p)\" -p \"" + master + "2p)\"";
      break;
    }
  }
  if (redis.uses_tls) out += " --tls";
  if (!redis.user.empty()) out += " --user " + shell_quoted(redis.user);
  if (redis.database != 0) out += " -n " + std::to_string(redis.database);
  return out;
}

}  // namespace

std::string redis_call(const config::RedisStore& redis,
                       std::span<const invalidation::Selector> selectors) {
  invalidation::LogSettings names;
  names.prefix = redis.prefix;
  std::string out = "redis-cli" + server_options(redis) + " EVAL ";
  out += shell_quoted(invalidation::scripts::event().source()) + " 3";
  for (const std::string& key : {names.log(), names.index(), names.nodes()}) {
    out += " " + shell_quoted(key);
  }
  for (const invalidation::Selector& selector : selectors) out += " " + shell_quoted(selector);
  return out;
}

}  // namespace wf::admin
