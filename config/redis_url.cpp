#include "config/redis_url.hpp"

#include <limits>
#include <string>

#include <fmt/format.h>

#include "config/address.hpp"
#include "config/wording.hpp"
#include "proxy/base/ascii.hpp"

namespace wf::config {
namespace {

constexpr std::uint16_t kRedisPort = 6379;

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

/// What follows `redis://`.
Parsed<RedisStore> parse_tcp(std::string_view text) {
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
  const auto slash = place.find('/');
  const auto host_port = parse_host_port(place.substr(0, slash), kRedisPort);
  if (!host_port || host_port->port == 0) {
    // Where the "@" was forgotten, what looks like a port is a password: it is not repeated.
    return fault("no host or no port: expected redis://[user[:password]@]host[:port][/db]");
  }
  redis->address = Address{host_port->host, host_port->port, {}};
  if (slash == std::string_view::npos || slash + 1 == place.size()) return redis;
  const auto database = parse_database(place.substr(slash + 1));
  if (!database) return database.error();
  redis->database = *database;
  return redis;
}

}  // namespace

Parsed<RedisStore> parse_redis_url(std::string_view text) {
  constexpr std::string_view kTcp = "redis://";
  constexpr std::string_view kUnix = "unix://";
  if (text.starts_with("rediss://")) return fault("TLS to Redis is not supported yet");
  if (text.starts_with(kTcp)) return parse_tcp(text.substr(kTcp.size()));
  if (text.starts_with(kUnix)) return parse_unix(text.substr(kUnix.size()));
  // Without a scheme anything may stand here, a password too: it is not repeated.
  return fault("expected redis://host:port/db or unix:///path?db=0");
}

}  // namespace wf::config
