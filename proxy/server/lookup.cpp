#include "proxy/server/lookup.hpp"

#include "proxy/cache/chunk_reader.hpp"
#include "proxy/policy/freshness.hpp"
#include "proxy/policy/key.hpp"
#include "proxy/policy/reuse.hpp"
#include "proxy/policy/vary.hpp"

namespace wf::server {

namespace {

using cache::RecordKind;
using cache::RecordPtr;

/// How long Redis may be silent before it counts as down: two turns of following the log.
constexpr Millis kHeard{2500};
/// Of a larger body only the beginning is kept in memory where Redis has it all.
constexpr Bytes kWholeInMemory = 1_MiB;

/// Names the variant in `keys`, as the index says.
void select_variant(const cache::Record& index, const Request& request, Keys& keys) {
  keys.variant.clear();
  policy::append_variant_key(index.vary, request.facts.fields, keys.variant);
  keys.set_variant();
}

/// Names in its place the variant in the one language that this client prefers to all others, which
/// another's choice may have brought (policy/vary). False: there is no such language.
bool select_language(const cache::Record& index, const Request& request, Keys& keys) {
  if (!policy::varies_by_language(index.vary)) return false;
  const FieldSpan fields = request.facts.fields;
  const std::string_view language = policy::preferred_language(fields);
  if (language.empty()) return false;
  keys.variant.clear();
  policy::append_language_variant_key(index.vary, fields, language, keys.variant);
  keys.set_variant();
  return true;
}

bool is_fresh(const RecordPtr& record, UnixTime now) {
  return record && record->kind == RecordKind::Response &&
         policy::current_age(record->facts, now) < record->facts.lifetime;
}

/// The record under the current slot, unless a purge has made it invalid.
RecordPtr find_valid(Worker& worker, const Keys& keys) {
  Shared& shared = worker.shared();
  const cache::LookupKey key = cache::lookup_key(keys.slot);
  RecordPtr record = shared.memory.find(key, worker.now());
  if (record && !shared.purges.valid(*record)) {
    shared.memory.erase(key);
    record.reset();
  }
  return record;
}

/// Whether the record has to be completed before memory takes it.
bool goes_to_memory_whole(Worker& worker, const config::Cache& cache, const cache::Record& record) {
  return !cache::is_whole(record) && record.body_size <= memory_limit(worker.config(), cache);
}

/// What Redis has in the current slot; `record` only if no purge has made it invalid.
net::Task<Found> fetch_valid(Worker& worker, const Request& request, const Keys& keys) {
  const auto found = co_await worker.redis()->store.find(cache::slot_of(keys.key, keys.variant),
                                                         keys.key, keys.variant);
  if (!found || !*found) co_return Found{nullptr, "redis"};
  if (!worker.shared().purges.valid(**found))
    co_return Found{nullptr, "redis", (*found)->id, nullptr};
  const cache::EntityId id = (*found)->id;
  const config::Cache& cache = *request.route.route->cache;
  // Who wants a range is served from the chunks that it touches.
  if (request.facts.range && goes_to_memory_whole(worker, cache, **found)) {
    co_return Found{*found, "redis", id, nullptr};
  }
  const RecordPtr record = co_await load_for_memory(worker, cache, *found);
  if (record) remember(worker, record);
  co_return Found{record, "redis", id, nullptr};
}

}  // namespace

void make_keys(const Request& request, const config::Cache& cache, std::string_view scheme,
               Keys& keys) {
  keys.headers.clear();
  keys.cookies.clear();
  if (!cache.key_headers.empty()) {
    policy::append_keyed_headers(request.facts.fields, cache.key_headers, keys.headers);
  }
  if (cache.cookies.mode == config::CookieRule::Mode::Key) {
    policy::append_cookie_values(request.facts.fields, cache.cookies.names, keys.cookies);
  }
  policy::KeyParts parts;
  parts.method_class = request.method_class;
  parts.scheme = scheme;
  parts.host = request.authority;
  parts.path = request.target.path;
  parts.query = request.target.query;
  parts.has_query = request.target.has_query;
  keys.key.clear();
  policy::append_key(parts, {keys.headers, keys.cookies}, keys.key);
  keys.set_key_only();
}

Found find_in_memory(Worker& worker, const Request& request, Keys& keys) {
  RecordPtr record = find_valid(worker, keys);
  RecordPtr index;
  if (record && record->kind == RecordKind::VaryIndex) {
    index = std::move(record);
    select_variant(*index, request, keys);
    record = find_valid(worker, keys);
    if (!record && select_language(*index, request, keys)) {
      record = find_valid(worker, keys);
      if (!is_fresh(record, worker.now())) {
        // It is asked for in the client's own words then.
        record.reset();
        select_variant(*index, request, keys);
      }
    }
  }
  const cache::EntityId seen = record ? record->id : cache::EntityId{};
  return {std::move(record), "memory", seen, std::move(index)};
}

net::Task<Found> find_in_redis(Worker& worker, const Request& request, Keys& keys,
                               RecordPtr index) {
  if (worker.redis() == nullptr) co_return Found{};
  Found found = co_await fetch_valid(worker, request, keys);
  if (found.record && found.record->kind == RecordKind::VaryIndex) {
    index = found.record;
    select_variant(*index, request, keys);
    found = co_await fetch_valid(worker, request, keys);
  }
  if (found.record || !index || !select_language(*index, request, keys)) co_return found;
  Found other = co_await fetch_valid(worker, request, keys);
  if (is_fresh(other.record, worker.now())) co_return other;
  select_variant(*index, request, keys);
  co_return found;
}

bool memory_trusted(Worker& worker) {
  const auto& redis = worker.config().store.redis;
  if (!redis) return true;
  const Millis silence = worker.shared().purge_log.silence();
  switch (redis->on_down) {
    case config::OnDown::Memory:
      return silence < kHeard + redis->on_down_grace;
    case config::OnDown::Origin:
    case config::OnDown::Fail:
      return silence < kHeard;
  }
  return false;
}

bool must_fail(Worker& worker) {
  const auto& redis = worker.config().store.redis;
  return redis && redis->on_down == config::OnDown::Fail &&
         worker.shared().purge_log.silence() >= kHeard;
}

std::uint64_t memory_limit(const config::Config& config, const config::Cache& cache) noexcept {
  const config::Store& store = config.store;
  const Bytes object = cache.max_object_size.value_or(store.max_object_size);
  // What fits into a record is always in memory with it.
  const auto limit = cache.memory.max_object_size.value_or(
      store.memory.max_object_size.value_or(store.redis ? kWholeInMemory : object));
  return std::min(object.count, std::max(limit.count, cache::kInlineBody));
}

net::Task<RecordPtr> load_for_memory(Worker& worker, const config::Cache& cache, RecordPtr record) {
  if (!goes_to_memory_whole(worker, cache, *record)) co_return record;
  std::uint64_t held = 0;
  for (const Chunk& chunk : record->body) held += chunk.size();
  const cache::BodyName name{cache::key_hash(record->key), record->body_id};
  cache::RedisStore& store = worker.redis()->store;
  const cache::ByteSpan missing{held, record->body_size};
  cache::ChunkReader reader{store.chunks(), worker.tasks(), name, record->body_size, missing};
  auto rest = co_await cache::read_all(reader);
  if (rest) co_return cache::with_rest(*record, std::move(*rest));
  co_await store.drop_entity(cache::slot_of(record->key, record->variant), record->id);
  co_return nullptr;
}

cache::Coding coding_for(const config::Cache& cache, const cache::Record& record) {
  if (cache.compress == config::Compress::Off) return cache::Coding::Plain;
  const std::vector<Field> fields = cache::head_fields(record);
  return has_field(fields, "Content-Encoding") ? cache::Coding::Plain : cache::Coding::Zstd;
}

void remember(Worker& worker, const RecordPtr& record) {
  const std::string slot = record->key + record->variant;
  const UnixTime now = worker.now();
  const Millis keep = policy::keep_for(record->facts, now);
  if (keep <= Millis{0}) return;
  worker.shared().memory.insert(cache::lookup_key(slot), record, now + keep);
}

bool selects(const cache::Record& record, const Request& request) {
  std::string variant;
  if (!record.vary.empty()) {
    policy::append_variant_key(record.vary, request.facts.fields, variant);
  }
  return variant == record.variant;
}

}  // namespace wf::server
