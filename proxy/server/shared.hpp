// What all workers of the process share. Everything here is safe to use from any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "config/types.hpp"
#include "proxy/base/clock.hpp"
#include "proxy/cache/failure_board.hpp"
#include "proxy/cache/fill_table.hpp"
#include "proxy/cache/memory_store.hpp"
#include "proxy/cache/variant_roster.hpp"
#include "proxy/cache/wake_board.hpp"
#include "proxy/invalidation/lease.hpp"
#include "proxy/invalidation/purge_log.hpp"
#include "proxy/invalidation/purge_table.hpp"
#include "proxy/invalidation/server_identity.hpp"
#include "proxy/observe/access_log.hpp"
#include "proxy/policy/route.hpp"
#include "proxy/redis/site.hpp"
#include "proxy/server/address_table.hpp"

namespace wf::server {

/// Purges are remembered longer than any record may live by the longest time that a fill may take
/// from its `as_of` to its store.
inline constexpr Millis kLongestFill = std::chrono::hours{1};

struct Shared {
  Shared(std::shared_ptr<const config::Config> configuration, const Clock& time);

  const std::shared_ptr<const config::Config> config;
  const Clock& clock;
  FleetClock fleet_clock;
  const policy::RouteTable routes;
  /// Absent: no Redis is configured.
  const std::optional<redis::Site> redis;
  cache::MemoryStore memory;
  cache::VariantRoster variants;  ///< of those in memory
  cache::FillTable fills;
  cache::FailureBoard failures;
  cache::WakeBoard wakes;
  invalidation::PurgeTable purges;
  invalidation::PurgeLog purge_log;
  invalidation::Lease lease;
  invalidation::ServerIdentity redis_server{lease};
  observe::AccessLog access_log;
  AddressTable addresses;
};

}  // namespace wf::server
