// What the process has counted, added up over its workers at one moment.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "proxy/cache/memory_tier.hpp"
#include "proxy/observe/tally.hpp"
#include "proxy/server/server.hpp"

namespace wf::admin {

struct HistogramSum {
  std::array<std::uint64_t, observe::kDurationBounds.size() + 1> buckets{};  ///< not cumulative
  std::uint64_t micros = 0;
};

struct RedisSum {
  bool configured = false;
  unsigned links = 0;  ///< connections of workers
  unsigned links_up = 0;
  unsigned breakers_open = 0;  ///< open or half-open
  std::uint64_t ok = 0;
  std::uint64_t rejected = 0;
  std::uint64_t timeouts = 0;
  std::uint64_t lost = 0;
  std::uint64_t unavailable = 0;
  std::uint64_t connects = 0;
  std::uint64_t disconnects = 0;
};

/// Of the front: who came, and who was sent away.
struct ClientSum {
  std::uint64_t begun = 0;
  std::uint64_t ended = 0;
  std::uint64_t over_limit = 0;
  std::uint64_t over_address_limit = 0;
  std::uint64_t bad_introductions = 0;
  std::uint64_t closed_after_refusal = 0;
  std::uint64_t refused_bytes = 0;
  std::uint64_t slow_requests = 0;
  std::uint64_t slow_readers = 0;
  std::uint64_t addresses = 0;  ///< remembered
};

struct Snapshot {
  std::vector<std::string> routes;  ///< names; the last is empty: requests without a route
  std::vector<std::array<std::uint64_t, observe::kOutcomes>> by_route;
  std::array<std::uint64_t, observe::kMostRules> refusals{};
  HistogramSum hits;
  HistogramSum others;
  std::uint64_t origin_requests = 0;
  std::uint64_t fills = 0;
  std::uint64_t fills_active = 0;
  std::uint64_t purges_by_write = 0;
  std::uint64_t purges_by_admin = 0;
  std::uint64_t refetches = 0;
  std::uint64_t purges_pending = 0;
  std::uint64_t purge_table_entries = 0;
  Millis log_silence{0};  ///< since the purge log was last known to be followed to its end
  std::uint64_t missing_values = 0;
  std::uint64_t access_lines_lost = 0;
  std::uint64_t exchanges_given_up = 0;
  std::uint64_t tasks_given_up = 0;
  ClientSum clients;
  cache::MemoryStats memory;
  std::vector<cache::PartStats> memory_parts;  ///< of routes that have something for themselves
  RedisSum redis;
};

/// Reads what any thread may read. All but `purges_by_admin`.
[[nodiscard]] Snapshot look_at(server::Server& server);

/// Why the proxy does less than it could; empty: nothing is amiss. Never a reason to send it no
/// requests: it answers all of them (invariant I7).
[[nodiscard]] std::vector<std::string> degraded_by(const Snapshot& snapshot);

}  // namespace wf::admin
