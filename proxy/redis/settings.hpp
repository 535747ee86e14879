// What a connection to Redis is told.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "config/types.hpp"
#include "proxy/net/tls_context.hpp"
#include "proxy/redis/breaker.hpp"
#include "proxy/redis/liveness.hpp"
#include "proxy/redis/pipeline.hpp"
#include "proxy/redis/reply_reader.hpp"

namespace wf::redis {

using std::chrono::milliseconds;

/// What a connection is used for; it decides how its death is noticed.
enum class Use : std::uint8_t {
  Commands,  ///< short commands: PING when idle, dropped after five timeouts or 500 ms of silence
  Blocking,  ///< one long command at a time (XREAD BLOCK): no PING, dropped after its deadline
  Push,      ///< SUBSCRIBE: PING when idle, dropped if nothing comes back
};

/// What the server must be.
enum class Role : std::uint8_t {
  Any,
  Master,   ///< anything else is refused on connecting
  Replica,  ///< of a Cluster: READONLY lets it answer reads
};

struct Settings {
  config::Address address{"127.0.0.1", 6379, {}};
  std::string user;      ///< ACL user; empty: default
  std::string password;  ///< empty: no AUTH. Never in logs or error details
  unsigned database = 0;
  std::shared_ptr<const net::TlsContext> tls;  ///< null: plain
  Role role = Role::Any;
  std::string name;  ///< for CLIENT SETNAME, without blanks; empty: none
  Use use = Use::Commands;
  milliseconds timeout{50};            ///< of one command, queueing included
  milliseconds connect_timeout{1000};  ///< connecting, TLS, AUTH, SELECT and the hook together
  PipelineLimits pipeline;
  ReplyLimits replies;
  BreakerSettings breaker;
  LivenessSettings liveness;
};

[[nodiscard]] LivenessSettings liveness_for(Use use) noexcept;

/// The settings of the configuration file. `name` is what CLIENT LIST shows.
[[nodiscard]] Settings settings_for(const config::RedisStore& store, Use use, std::string name);

}  // namespace wf::redis
