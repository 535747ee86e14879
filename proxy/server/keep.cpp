#include "proxy/server/keep.hpp"

#include "proxy/cache/fleet_lock.hpp"
#include "proxy/policy/reuse.hpp"
#include "proxy/policy/storability.hpp"
#include "proxy/policy/tags.hpp"
#include "proxy/policy/validation.hpp"
#include "proxy/server/fill_record.hpp"
#include "proxy/server/invalidate.hpp"
#include "proxy/server/lookup.hpp"
#include "proxy/server/parts.hpp"

namespace wf::server {

namespace {

using cache::EntityId;

/// It is collected in memory.
std::uint64_t most_kept(Worker& worker, const policy::RouteMatch& route) {
  return std::min(memory_limit(worker.config(), *route.route->cache),
                  largest_stored(worker.shared(), route));
}

/// Whether a GET of the same URI is this route's too: only then is it found under this key.
bool serves_gets(const Request& request) {
  const auto match =
      request.footing->routes().match(request.head.host.host, "GET", request.head.target.path);
  return match.route == request.route.route;
}

/// A part does not take the place of a whole response that is fresh.
bool yields(Worker& worker, const cache::Record& record, const cache::RecordPtr& there) {
  return is_part(record) && there && there->kind == cache::RecordKind::Response &&
         !is_part(*there) && worker.shared().purges.valid(*there) &&
         policy::current_age(there->facts, worker.now()) < there->facts.lifetime;
}

bool yields_in_memory(Worker& worker, const cache::Record& record) {
  if (!is_part(record)) return false;
  const cache::LookupKey slot = cache::lookup_key(record.slot());
  return yields(worker, record, worker.shared().memory.find(slot, worker.now()));
}

}  // namespace

Keeper::Keeper(Worker& worker, const Request& request, Client& client, cache::RecordPtr stored)
    : worker_(worker), request_(request), client_(client), stored_(std::move(stored)) {
  const auto& cache = request.route.route->cache;
  if (!cache) return;
  as_of_ = worker.shared().purges.position();
  if (request.method() == policy::Method::Post && serves_gets(request)) {
    make_keys(request, *cache, client.scheme, client.keys);
    purges_ = worker.shared().purges.count({client.keys.key});
    for_gets_ = true;
  }
  times_.requested = worker.now();
}

void Keeper::begin(const message::ResponseHead& head) {
  if (!request_.route.route->cache) return;
  times_.received = worker_.now();
  if (for_gets_) begin_post(head);
  if (request_.method() == policy::Method::Head && stored_) begin_head(head);
  if (request_.method() == policy::Method::Get && request_.facts.range) begin_ranged(head);
}

void Keeper::begin_post(const message::ResponseHead& head) {
  std::string date;
  const std::vector<Field> fields = with_date(head.fields, times_.received, date);
  const policy::ResponseFacts response = policy::response_facts(head.status, fields);
  const config::Cache& cache = *request_.route.route->cache;
  const bool permitted =
      head.framing != message::Framing::UntilClose &&
      policy::names_target(request_uri(request_), field_value(fields, "content-location")) &&
      policy::may_store_post(request_.facts, response, cache) == policy::NoStoreReason::None;
  // Before the count: what comes later is above it, what came earlier is counted.
  const cache::Stamp now = worker_.shared().purges.position();
  if (!permitted || now.birth != as_of_.birth || !only_purge_was_ours()) return;
  begun_ = begin_record(worker_, record_order(request_, client_.asker()), response, times_);
  begun_->as_of = now;
  // Its tags were not known when purges of them could still be counted.
  if (!begun_->tags.empty()) begun_.reset();
}

/// Our own purge makes the answer invalid as of before it. As of after it is true only if no other
/// write to the key may have come between (design §7).
bool Keeper::only_purge_was_ours() const {
  const auto& purges = worker_.shared().purges;
  return purges.position().birth == as_of_.birth && purges.count({client_.keys.key}) == purges_ + 1;
}

void Keeper::begin_head(const message::ResponseHead& head) {
  std::string date;
  const std::vector<Field> fields = with_date(head.fields, times_.received, date);
  const policy::ResponseFacts response = policy::response_facts(head.status, fields);
  const std::vector<Field> stored = cache::head_fields(*stored_);
  const auto effect =
      policy::effect_of_head(request_.facts, response, stored, *request_.route.route->cache);
  if (effect == policy::HeadEffect::None) return;
  // Valid now is valid as of when the origin was asked: its `as_of` need not stay as old as the
  // purges that are remembered.
  if (!worker_.shared().purges.valid(*stored_)) return;
  const bool stale = effect == policy::HeadEffect::Stale;
  FillOrder order = record_order(request_, client_.asker());
  order.stale = stored_;
  begun_ = freshen_record(worker_, order, stale ? FieldSpan{} : FieldSpan{fields}, times_);
  if (stale) begun_->facts.lifetime = Millis{0};
  begun_->as_of = as_of_;
}

void Keeper::begin_ranged(const message::ResponseHead& head) {
  std::string date;
  const std::vector<Field> fields = with_date(head.fields, times_.received, date);
  const policy::ResponseFacts response = policy::response_facts(head.status, fields);
  const config::Cache& cache = *request_.route.route->cache;
  // Tags that stand in the body are not known of a part.
  const bool permitted =
      head.framing != message::Framing::UntilClose && !tags_in_body(*request_.route.templates) &&
      policy::may_store_ranged(request_.facts, response, cache) == policy::NoStoreReason::None;
  if (!permitted) return;
  if (head.status == 206) {
    part_ = owned(fields);
    return;
  }
  begun_ = begin_record(worker_, record_order(request_, client_.asker()), response, times_);
  begun_->as_of = as_of_;
}

/// The part with what its content has turned out to be, combined with the one that is stored. Null:
/// it contradicts itself.
cache::RecordPtr Keeper::finish_part() {
  const auto extent = policy::extent_of_part(views(*part_), size_);
  if (!extent) return nullptr;
  Piece piece{*extent, std::move(*part_), std::move(body_)};
  auto combined = stored_ ? combine(*stored_, piece) : std::nullopt;
  if (combined && combined->extent.size > most_kept(worker_, request_.route)) combined.reset();
  // What made one of the two invalid makes both invalid. A part that is valid now was so when the
  // other was asked for: its `as_of` need not stay as old as the purges that are remembered.
  const bool invalid = combined && !worker_.shared().purges.valid(*stored_);
  const cache::Stamp as_of = invalid ? stored_->as_of : as_of_;
  const FillOrder order = record_order(request_, client_.asker());
  cache::Draft record =
      make_piece_record(worker_, order, combined ? std::move(*combined) : std::move(piece), times_);
  record.as_of = as_of;
  if (combined) add_tags(stored_->tags(), record.tags);
  if (!policy::within_bounds(record.tags)) return nullptr;
  return cache::Record::make(std::move(record));
}

void Keeper::take(std::string_view piece) {
  if (!keeps()) return;
  size_ += piece.size();
  if (size_ > most_kept(worker_, request_.route)) {
    begun_.reset();
    part_.reset();
    body_.clear();
    return;
  }
  body_.push_back(Chunk::copy_of(piece));
}

net::Task<void> Keeper::finish() {
  if (part_) {
    cache::RecordPtr part = finish_part();
    if (part)
      co_await store_aside(worker_, *request_.route.route->cache, std::move(part), EntityId{});
    co_return;
  }
  if (!begun_) co_return;
  const bool freshened = request_.method() == policy::Method::Head;
  cache::Draft record;
  if (freshened) {
    record = std::move(*begun_);
  } else {
    record = complete_record(*begun_, std::move(body_));
    const TagOrder order = tag_order(request_, client_.scheme);
    add_tags_of_body(worker_, order, request_.facts.fields, record.body, record.tags);
  }
  if (!policy::within_bounds(record.tags)) co_return;
  if (freshened) {
    const bool there = co_await prolong_body(worker_, record);
    if (!there) co_return;
  }
  const EntityId replaces = freshened ? stored_->id : EntityId{};
  cache::RecordPtr made = cache::Record::make(std::move(record));
  co_await store_aside(worker_, *request_.route.route->cache, std::move(made), replaces);
}

net::Task<bool> prolong_body(Worker& worker, cache::Draft& record) {
  if (record.body_id == EntityId{}) co_return true;
  const Millis keep_for = keep_time(worker, record.facts) + cache::kChunksOutlive;
  const cache::BodyName body{cache::key_hash(record.key), record.body_id};
  const auto last = static_cast<std::uint32_t>(cache::chunk_count(record.body_size) - 1);
  if (worker.redis() != nullptr) {
    const auto done = co_await worker.redis()->store.chunks().prolong(body, last, keep_for);
    if (done && *done == cache::ChunkStore::Prolonged::All) co_return true;
  }
  if (!cache::is_whole(record)) co_return false;
  record.body_id = {};
  co_return true;
}

net::Task<void> store_aside(Worker& worker, const config::Cache& cache, cache::RecordPtr record,
                            EntityId replaces) {
  if (yields_in_memory(worker, *record)) co_return;
  remember(worker, cache, record);
  cache::RecordPtr index;
  if (!record->vary().empty()) index = make_vary_index(*record);
  if (index) remember(worker, cache, index);
  RedisLink* redis = worker.redis();
  if (redis == nullptr) co_return;
  const auto found = co_await redis->store.find(record->key(), record->variant());
  if (!found || yields(worker, *record, *found)) co_return;
  const EntityId seen = *found ? (*found)->id : EntityId{};
  const config::Store& settings = worker.config().store;
  const cache::FleetLock::Environment environment{redis->store, worker.shared().wakes,
                                                  worker.tasks(), settings.lock_lease,
                                                  net::milliseconds{0}};
  const cache::Slot slot = cache::slot_of(record->key(), record->variant());
  cache::FleetLock lock{environment, slot, record->as_of};
  const std::function<bool(const cache::Stamp&)> useful = [](const cache::Stamp&) { return true; };
  const auto got = co_await lock.take(seen, useful);
  if (got != cache::FleetLock::Got::Lock) co_return;
  cache::StoreRequest request;
  request.keep_for = keep_time(worker, record->facts);
  request.vary_index = std::move(index);
  request.record = std::move(record);
  request.revives = replaces;
  request.max_variants = cache.max_variants;
  static_cast<void>(co_await lock.store(std::move(request)));
  co_await lock.release();
}

}  // namespace wf::server
