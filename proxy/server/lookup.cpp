#include "proxy/server/lookup.hpp"

#include <algorithm>

#include "proxy/cache/chunk_reader.hpp"
#include "proxy/policy/freshness.hpp"
#include "proxy/policy/key.hpp"
#include "proxy/policy/reuse.hpp"
#include "proxy/policy/vary.hpp"

namespace wf::server {

namespace {

using cache::RecordKind;
using cache::RecordPtr;
using invalidation::Trust;
using invalidation::Verdict;

/// Of a larger body only the beginning is kept in memory where Redis has it all.
constexpr Bytes kWholeInMemory = 1_MiB;

/// Names the variant in `keys`, as the index says.
void select_variant(const cache::Record& index, const Request& request, Keys& keys) {
  keys.variant.clear();
  policy::append_variant_key(index.vary(), request.facts.fields, keys.variant);
  keys.set_variant();
}

/// Names in its place the variant in the one language that this client prefers to all others, which
/// another's choice may have brought (policy/vary). False: there is no such language.
bool select_language(const cache::Record& index, const Request& request, Keys& keys) {
  if (!policy::varies_by_language(index.vary())) return false;
  const FieldSpan fields = request.facts.fields;
  const std::string_view language = policy::preferred_language(fields);
  if (language.empty()) return false;
  keys.variant.clear();
  policy::append_language_variant_key(index.vary(), fields, language, keys.variant);
  keys.set_variant();
  return true;
}

bool is_fresh(const RecordPtr& record, UnixTime now) {
  return record && record->kind == RecordKind::Response &&
         policy::current_age(record->facts, now) < record->facts.lifetime;
}

/// The record under the current slot, unless a purge has made it invalid.
Found find_valid(Worker& worker, const Keys& keys) {
  Shared& shared = worker.shared();
  const cache::LookupKey key = cache::lookup_key(keys.slot);
  Found found{shared.memory.find(key, worker.now()), "memory"};
  if (!found.record) return found;
  switch (shared.purges.verdict(*found.record)) {
    case Verdict::Valid:
      break;
    case Verdict::Stale:
      found.purged = shared.purges.soft_since(*found.record);
      break;
    case Verdict::Invalid:
      shared.memory.erase(key);
      found.record.reset();
      break;
  }
  return found;
}

/// Whether the record has to be completed before memory takes it.
bool goes_to_memory_whole(Worker& worker, const config::Cache& cache, const cache::Record& record) {
  return !cache::is_whole(record) && record.body_size <= memory_limit(worker.config(), cache);
}

/// What Redis has in the current slot; `record` only if no purge has made it invalid, and only
/// while there is a lease: it is judged after every wait.
net::Task<Found> fetch_valid(Worker& worker, const Request& request, const Keys& keys) {
  const auto read = co_await worker.redis()->store.find(keys.key, keys.variant);
  Found found{nullptr, "redis"};
  if (!read || !*read) co_return found;
  found.seen = (*read)->id;
  const auto usable = [&worker, &found](const RecordPtr& record) {
    const Verdict verdict = worker.shared().purges.verdict(*record);
    found.purged.reset();
    if (verdict == Verdict::Stale) found.purged = worker.shared().purges.soft_since(*record);
    return verdict != Verdict::Invalid && trust(worker) == Trust::Exact;
  };
  if (!usable(*read)) co_return found;
  const config::Cache& cache = *request.route.route->cache;
  // Who wants a range is served from the chunks that it touches.
  if (request.facts.range && goes_to_memory_whole(worker, cache, **read)) {
    found.record = *read;
    co_return found;
  }
  RecordPtr record = *read;
  if (goes_to_memory_whole(worker, cache, *record)) {
    record = co_await load_for_memory(worker, cache, record);
    if (!record || !usable(record)) co_return found;
  }
  if (!found.purged) remember(worker, cache, record);
  found.record = record;
  co_return found;
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
  parts.name_space = request.route.route->name;
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
  Found found = find_valid(worker, keys);
  if (found.record && found.record->kind == RecordKind::VaryIndex) {
    const RecordPtr index = std::move(found.record);
    select_variant(*index, request, keys);
    found = find_valid(worker, keys);
    if (!found.record && select_language(*index, request, keys)) {
      found = find_valid(worker, keys);
      if (found.purged || !is_fresh(found.record, worker.now())) {
        // It is asked for in the client's own words then.
        found = Found{nullptr, "memory"};
        select_variant(*index, request, keys);
      }
    }
    found.index = index;
  }
  if (found.record) found.seen = found.record->id;
  return found;
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
  if (!other.purged && is_fresh(other.record, worker.now())) co_return other;
  select_variant(*index, request, keys);
  co_return found;
}

policy::StoredFacts facts_of(Worker& worker, const Found& found) {
  const policy::StoredFacts& facts = found.record->facts;
  return found.purged ? policy::stale_since(facts, *found.purged, worker.now()) : facts;
}

Trust trust(Worker& worker) { return worker.shared().lease.trust(); }

bool must_fail(Worker& worker) {
  const auto& redis = worker.config().store.redis;
  return redis && redis->on_down == config::OnDown::Fail && trust(worker) != Trust::Exact;
}

Millis keep_time(Worker& worker, const policy::StoredFacts& facts) {
  const UnixTime now = worker.now();
  const Millis remembered = facts.born + worker.config().store.max_lifetime - now;
  return std::max(std::min(policy::keep_for(facts, now), remembered), Millis{0});
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
  const std::uint64_t held = record->body().size();
  const cache::BodyName name{cache::key_hash(record->key()), record->body_id()};
  cache::RedisStore& store = worker.redis()->store;
  const cache::ByteSpan missing{held, record->body_size};
  cache::ChunkReader reader{store.chunks(), worker.tasks(), name, record->body_size, missing};
  auto rest = co_await cache::read_all(reader);
  if (rest) co_return cache::with_rest(*record, std::move(*rest));
  co_await store.drop_entity(cache::slot_of(record->key(), record->variant()), record->id);
  co_return nullptr;
}

cache::Coding coding_for(const config::Cache& cache, std::string_view head) {
  if (cache.compress == config::Compress::Off) return cache::Coding::Plain;
  const std::vector<Field> fields = cache::head_fields(head);
  return has_field(fields, "Content-Encoding") ? cache::Coding::Plain : cache::Coding::Zstd;
}

void remember(Worker& worker, const config::Cache& cache, const RecordPtr& record) {
  const Millis keep = keep_time(worker, record->facts);
  if (keep <= Millis{0}) return;
  Shared& shared = worker.shared();
  const cache::LookupKey key = cache::lookup_key(record->slot());
  shared.memory.insert(key, record, worker.now() + keep);
  if (record->variant().empty()) return;
  const std::uint64_t resource = cache::lookup_key(record->key()).hash;
  for (const std::uint64_t gone : shared.variants.admit(resource, key.hash, cache.max_variants)) {
    shared.memory.erase_sibling(key, gone);
  }
}

bool selects(const cache::Record& record, const Request& request) {
  std::string variant;
  if (!record.vary().empty()) {
    policy::append_variant_key(record.vary(), request.facts.fields, variant);
  }
  return variant == record.variant();
}

}  // namespace wf::server
