#include "proxy/admin/snapshot.hpp"

#include <fmt/format.h>

namespace wf::admin {

namespace {

/// The log is looked at every second, so that it is silent for longer only when Redis is.
constexpr Millis kSilent{2500};

void add(const observe::Histogram& from, HistogramSum& to) {
  for (std::size_t i = 0; i < to.buckets.size(); ++i) to.buckets[i] += from.buckets[i].get();
  to.micros += from.sum.get();
}

void add(const observe::Tally& tally, ClientSum& to) {
  // In this order, so that a connection is not seen to end before it began.
  to.ended += tally.connections_ended.get();
  to.begun += tally.connections_begun.get();
  to.over_limit += tally.over_connection_limit.get();
  to.over_address_limit += tally.over_address_limit.get();
  to.bad_introductions += tally.bad_introductions.get();
  to.closed_after_refusal += tally.closed_after_refusal.get();
  to.refused_bytes += tally.refused_bytes.get();
  to.slow_requests += tally.slow_requests.get();
  to.slow_readers += tally.slow_readers.get();
}

void add(const observe::Tally& tally, Snapshot& to) {
  const std::size_t last = to.by_route.size() - 1;
  for (std::size_t route = 0; route <= last; ++route) {
    const auto& counts = route == last ? tally.by_route().back() : tally.by_route()[route];
    for (std::size_t i = 0; i < observe::kOutcomes; ++i) to.by_route[route][i] += counts[i].get();
  }
  for (std::size_t i = 0; i < to.refusals.size(); ++i) {
    to.refusals[i] += tally.refusals()[i].get();
  }
  add(tally.hits(), to.hits);
  add(tally.others(), to.others);
  to.origin_requests += tally.origin_requests.get();
  to.fills += tally.fills.get();
  to.purges_by_write += tally.purges.get();
  to.refetches += tally.refetches.get();
  to.missing_values += tally.missing_values.get();
  to.exchanges_given_up += tally.exchanges_given_up.get();
  to.tasks_given_up += tally.tasks_given_up.get();
  add(tally, to.clients);
}

void add(const redis::Counters& counters, RedisSum& to) {
  constexpr auto kRelaxed = std::memory_order_relaxed;
  ++to.links;
  if (counters.link.load(kRelaxed) == redis::Link::Up) ++to.links_up;
  if (counters.breaker.load(kRelaxed) != redis::Breaker::State::Closed) ++to.breakers_open;
  to.ok += counters.ok.load(kRelaxed);
  to.rejected += counters.rejected.load(kRelaxed);
  to.timeouts += counters.timeouts.load(kRelaxed);
  to.lost += counters.lost.load(kRelaxed);
  to.unavailable += counters.unavailable.load(kRelaxed);
  to.connects += counters.connects.load(kRelaxed);
  to.disconnects += counters.disconnects.load(kRelaxed);
}

}  // namespace

Snapshot look_at(server::Server& server) {
  server::Shared& shared = server.shared();
  Snapshot out;
  out.routes = shared.route_names.all();
  out.routes.emplace_back();
  out.by_route.resize(out.routes.size());
  out.redis.configured = shared.config->store.redis.has_value();
  for (server::Worker* worker : server.workers()) {
    add(worker->tally(), out);
    if (worker->redis() != nullptr) add(worker->redis()->service->counters(), out.redis);
  }
  out.fills_active = shared.fills.size();
  out.purges_pending = shared.purge_log.pending();
  out.purge_table_entries = shared.purges.size();
  out.log_silence = shared.lease.silence();
  out.access_lines_lost = shared.access_log.lost();
  out.memory = shared.memory.stats();
  out.memory_parts = shared.memory.parts();
  out.clients.addresses = shared.addresses.size();
  return out;
}

std::vector<std::string> degraded_by(const Snapshot& snapshot) {
  std::vector<std::string> reasons;
  const RedisSum& redis = snapshot.redis;
  if (redis.configured && redis.links_up < redis.links) {
    reasons.push_back(fmt::format("redis: {} of {} connections are down",
                                  redis.links - redis.links_up, redis.links));
  }
  if (redis.breakers_open > 0) {
    reasons.push_back(fmt::format("redis: the breaker is open in {} of {} workers",
                                  redis.breakers_open, redis.links));
  }
  if (snapshot.log_silence > kSilent) {
    reasons.push_back(
        fmt::format("purge log: not followed for {} ms", snapshot.log_silence.count()));
  }
  if (snapshot.purges_pending > 0) {
    reasons.push_back(fmt::format("purges: {} wait for Redis", snapshot.purges_pending));
  }
  return reasons;
}

}  // namespace wf::admin
