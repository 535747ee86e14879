#include "config/redis_url.hpp"

#include <array>
#include <limits>
#include <string>

#include <fmt/format.h>

#include "config/address.hpp"
#include "config/wording.hpp"
#include "proxy/base/ascii.hpp"

namespace wf::config {
namespace {

constexpr std::uint16_t kRedisPort = 6379;
constexpr std::uint16_t kSentinelPort = 26379;

struct Scheme {
  std::string_view prefix;
  RedisKind kind;
  bool tls;
  std::string_view form;  // what may follow the prefix
};

constexpr std::string_view kServerForm = "[user[:password]@]host[:port][/db]";
constexpr std::string_view kSentinelForm = "[user[:password]@]host[:port],…/master[/db]";
constexpr std::string_view kClusterForm = "[user[:password]@]host[:port],…";

constexpr std::array kSchemes{
    Scheme{"redis://", RedisKind::Server, false, kServerForm},
    Scheme{"rediss://", RedisKind::Server, true, kServerForm},
    Scheme{"redis+sentinel://", RedisKind::Sentinel, false, kSentinelForm},
    Scheme{"rediss+sentinel://", RedisKind::Sentinel, true, kSentinelForm},
    Scheme{"redis+cluster://", RedisKind::Cluster, false, kClusterForm},
    Scheme{"rediss+cluster://", RedisKind::Cluster, true, kClusterForm}};

/// `what` names the part for the fault.
Parsed<std::string> percent_decoded(std::string_view text, std::string_view what) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? ascii::hex_value(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : ascii::hex_value(text[i + 2]);
    if (low < 0) return fault(fmt::format("a % without two hexadecimal digits in the {}", what));
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

Parsed<unsigned> parse_database(std::string_view text) {
  const auto number = ascii::parse_uint(text);
  if (!number || *number > static_cast<unsigned>(std::numeric_limits<int>::max())) {
    return fault(fmt::format("expected the number of a database, found {}", quoted(text)));
  }
  return static_cast<unsigned>(*number);
}

/// `user[:password]` or `:password`, percent-encoded.
Parsed<RedisStore> with_user(RedisStore redis, std::string_view info) {
  const auto colon = info.find(':');
  auto user = percent_decoded(info.substr(0, colon), "user of the URL");
  if (!user) return user.error();
  redis.user = std::move(*user);
  if (colon == std::string_view::npos) return redis;
  auto password = percent_decoded(info.substr(colon + 1), "password of the URL");
  if (!password) return password.error();
  redis.password = std::move(*password);
  return redis;
}

Parsed<RedisStore> parse_unix(std::string_view text) {
  RedisStore redis;
  // Somebody may have put a password before the path: it is not repeated.
  if (!text.starts_with('/')) {
    return fault("expected unix:///path?db=0, with three slashes and no user or password");
  }
  const auto question = text.find('?');
  const auto decoded = percent_decoded(text.substr(0, question), "path of the URL");
  if (!decoded) return decoded.error();
  auto path = parse_socket_path(*decoded);
  if (!path) return fault(std::move(path.error().what));
  redis.address = Address{{}, 0, std::move(*path)};
  if (question == std::string_view::npos) return redis;
  const std::string_view query = text.substr(question + 1);
  if (!query.starts_with("db=")) {
    return fault(fmt::format("expected ?db=NUMBER, found {}", quoted(text.substr(question))));
  }
  const auto database = parse_database(query.substr(3));
  if (!database) return database.error();
  redis.database = *database;
  return redis;
}

// Where the "@" was forgotten, what looks like a port is a password: it is not repeated.
Fault no_host(const Scheme& scheme) {
  return fault(fmt::format("no host or no port: expected {}{}", scheme.prefix, scheme.form));
}

Parsed<Address> parse_host(std::string_view text, const Scheme& scheme) {
  const bool sentinel = scheme.kind == RedisKind::Sentinel;
  const auto host = parse_host_port(text, sentinel ? kSentinelPort : kRedisPort);
  if (!host || host->port == 0) return no_host(scheme);
  return Address{host->host, host->port, {}};
}

/// `host[:port],host[:port]`
Parsed<std::vector<Address>> parse_hosts(std::string_view text, const Scheme& scheme) {
  std::vector<Address> hosts;
  for (;;) {
    const auto comma = text.find(',');
    auto host = parse_host(text.substr(0, comma), scheme);
    if (!host) return host.error();
    hosts.push_back(std::move(*host));
    if (comma == std::string_view::npos) return hosts;
    text.remove_prefix(comma + 1);
  }
}

/// What follows the hosts: `[/db]` of one server, `/master[/db]` of Sentinel, nothing of a Cluster.
Parsed<RedisStore> with_path(RedisStore redis, std::string_view path, const Scheme& scheme) {
  if (scheme.kind == RedisKind::Sentinel) {
    const auto slash = path.find('/');
    redis.master = std::string{path.substr(0, slash)};
    path = slash == std::string_view::npos ? "" : path.substr(slash + 1);
    if (redis.master.empty()) {
      return fault(fmt::format("no name of a master: expected {}{}", scheme.prefix, scheme.form));
    }
  }
  if (path.empty()) return redis;
  const auto database = parse_database(path);
  if (!database) return database.error();
  if (scheme.kind == RedisKind::Cluster && *database != 0) {
    return fault("a Redis Cluster has no database but 0");
  }
  redis.database = *database;
  return redis;
}

/// What follows `redis://` and the like.
Parsed<RedisStore> parse_tcp(std::string_view text, const Scheme& scheme) {
  // A password may hold an "@" that was not encoded: the last one ends the user information. A "/"
  // in it would end the authority, and the rest would be shown in a fault: it must be encoded.
  const auto at = text.rfind('@');
  const std::string_view info = at == std::string_view::npos ? "" : text.substr(0, at);
  if (info.find('/') != std::string_view::npos) {
    return fault("write a \"/\" in the password of the URL as %2F");
  }
  const std::string_view place = at == std::string_view::npos ? text : text.substr(at + 1);
  auto redis = with_user(RedisStore{}, info);
  if (!redis) return redis;
  redis->kind = scheme.kind;
  redis->uses_tls = scheme.tls;
  const auto slash = place.find('/');
  auto hosts = parse_hosts(place.substr(0, slash), scheme);
  if (!hosts) return hosts.error();
  if (scheme.kind == RedisKind::Server) {
    if (hosts->size() > 1) return fault("several hosts: for Sentinel or a Cluster, say which");
    redis->address = std::move(hosts->front());
  } else {
    redis->nodes = std::move(*hosts);
  }
  return with_path(std::move(*redis),
                   slash == std::string_view::npos ? "" : place.substr(slash + 1), scheme);
}

}  // namespace

Parsed<RedisStore> parse_redis_url(std::string_view text) {
  constexpr std::string_view kUnix = "unix://";
  for (const Scheme& scheme : kSchemes) {
    if (text.starts_with(scheme.prefix)) {
      return parse_tcp(text.substr(scheme.prefix.size()), scheme);
    }
  }
  if (text.starts_with(kUnix)) return parse_unix(text.substr(kUnix.size()));
  // Without a scheme anything may stand here, a password too: it is not repeated.
  return fault("expected redis://host:port/db, one of its kin or unix:///path?db=0");
}

}  // namespace wf::config
