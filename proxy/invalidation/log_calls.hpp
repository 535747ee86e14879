// The scripts of the purge protocol as calls.
#pragma once

#include <span>
#include <string>

#include "proxy/invalidation/log_replies.hpp"
#include "proxy/net/task.hpp"
#include "proxy/redis/command.hpp"

namespace wf::invalidation {

struct LogSettings {
  bool shared = false;  ///< false: no Redis, this process is the whole fleet
  std::string prefix;   ///< begins the names of all keys; without blanks
  std::string name;     ///< of this proxy, unique in the fleet and in time; without blanks
  Millis window{0};     ///< no record lives longer, so long are purges remembered
  Millis lease{0};

  [[nodiscard]] std::string log() const { return "{" + prefix + "}:log"; }
  [[nodiscard]] std::string index() const { return "{" + prefix + "}:index"; }
  [[nodiscard]] std::string nodes() const { return "{" + prefix + "}:nodes"; }
  /// On which proxies tell that they have applied a purge that somebody waits for.
  [[nodiscard]] std::string channel() const { return prefix + ":applied"; }
};

/// The log is longer than any cut of the link to Redis that is bridged without a reload.
inline constexpr Millis kLogRetention{600'000};

enum class Tell : std::uint8_t { No, Yes };

/// At most scripts::kSelectors selectors. `flags`: as in log_scripts.hpp; outlives the task.
[[nodiscard]] net::Task<Result<FleetReply>> append(redis::Commands& redis,
                                                   const LogSettings& settings,
                                                   std::span<const Selector> selectors,
                                                   std::string_view flags);
/// `applied`: this proxy's position.
[[nodiscard]] net::Task<Result<CatchUpReply>> catch_up(redis::Commands& redis,
                                                       const LogSettings& settings, Stamp applied,
                                                       Tell tell);
/// One page of the index, from that score on.
[[nodiscard]] net::Task<Result<ReloadReply>> reload(redis::Commands& redis,
                                                    const LogSettings& settings, Sequence from);
[[nodiscard]] net::Task<Result<FleetReply>> list_nodes(redis::Commands& redis,
                                                       const LogSettings& settings);
/// Takes this proxy off the table. Only after its lease was given up.
[[nodiscard]] net::Task<Result<void>> leave(redis::Commands& redis, const LogSettings& settings);

/// Which server that is: run and replication id, as the scripts see it.
[[nodiscard]] net::Task<Result<std::string>> server_identity(redis::Commands& redis);

/// Waits up to `block` for an entry after that position; what it is, catch_up tells.
[[nodiscard]] net::Task<Result<void>> await_entry(redis::Commands& redis,
                                                  const LogSettings& settings, Sequence position,
                                                  Millis block);

}  // namespace wf::invalidation
