// From a request to what is stored for it: keys, then memory, then Redis.
#pragma once

#include <optional>
#include <string_view>

#include "proxy/cache/record.hpp"
#include "proxy/server/exchange.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

/// Fills in `keys` (without variant) for a request on a route that caches.
void make_keys(const Request& request, const config::Cache& cache, std::string_view scheme,
               Keys& keys);

struct Found {
  cache::RecordPtr record{};  ///< null: nothing is stored. Never a VaryIndex.
  std::string_view tier{};    ///< "memory", "redis"
  cache::EntityId seen{};     ///< of what lies in the slot in Redis, usable or not; zero: unknown
  cache::RecordPtr index{};   ///< by which the variant was named; null: not known, or none
  /// When `record` was softly purged: it is stale since then. Nothing: it was not.
  std::optional<UnixTime> purged{};
};

/// Memory alone: no wait, no allocation on the usual hit. Records that a purge has made invalid are
/// dropped here (design §7: judged at the moment of serving). When the resource varies, `keys`
/// names the variant afterwards.
[[nodiscard]] Found find_in_memory(Worker& worker, const Request& request, Keys& keys);

/// Redis, and into memory what was found there. Nothing if there is no Redis, or it does not
/// answer. `index`: what memory named the variant by; null: nothing.
[[nodiscard]] net::Task<Found> find_in_redis(Worker& worker, const Request& request, Keys& keys,
                                             cache::RecordPtr index);

/// What answers may come from now (design §7, §8). Asked at the moment of serving, after every
/// wait.
[[nodiscard]] invalidation::Trust trust(Worker& worker);

/// What is known of the record for judging its reuse: a soft purge has made it stale.
[[nodiscard]] policy::StoredFacts facts_of(Worker& worker, const Found& found);

/// What purges are matched against.
[[nodiscard]] inline invalidation::Subject subject(const cache::Record& record) noexcept {
  return {record.key(), record.tags()};
}

/// How long from now a record may be stored: no longer than purges are remembered, whatever the
/// origin says. 0: not at all.
[[nodiscard]] Millis keep_time(Worker& worker, const policy::StoredFacts& facts);

/// `on_down: fail`, and Redis is down: nothing is answered on routes that cache.
[[nodiscard]] bool must_fail(Worker& worker);

/// The largest body that is kept whole in memory; of others memory has the beginning.
[[nodiscard]] std::uint64_t memory_limit(const config::Config& config,
                                         const config::Cache& cache) noexcept;

/// The record as memory keeps it: its body whole if that is within the limit. Null: a part of it is
/// lost, and it is removed.
[[nodiscard]] net::Task<cache::RecordPtr> load_for_memory(Worker& worker,
                                                          const config::Cache& cache,
                                                          cache::RecordPtr record);

/// How new chunks of a body with that head are written: never compressed if the origin has coded
/// it.
[[nodiscard]] cache::Coding coding_for(const config::Cache& cache, std::string_view head);

/// Puts a record into memory under its slot. Of its resource's variants as many stay as the route
/// allows.
void remember(Worker& worker, const config::Cache& cache, const cache::RecordPtr& record);

/// Whether `record` is the variant that this request selects (RFC 9111 §4.1).
[[nodiscard]] bool selects(const cache::Record& record, const Request& request);

}  // namespace wf::server
