#include "proxy/server/fill_record.hpp"

#include <algorithm>
#include <cstring>

#include "proxy/base/ascii.hpp"
#include "proxy/cache/lock_token.hpp"
#include "proxy/message/write.hpp"
#include "proxy/policy/forward.hpp"
#include "proxy/policy/http_date.hpp"
#include "proxy/policy/invalidation.hpp"
#include "proxy/policy/key.hpp"
#include "proxy/policy/validation.hpp"
#include "proxy/policy/vary.hpp"
#include "proxy/server/origin_request.hpp"

namespace wf::server {

namespace {

using cache::Record;

/// Up to here a body is copied into one piece: one buffer per hit, and no slack of the reads.
constexpr std::size_t kOnePiece = 65536;

std::vector<Chunk> one_piece(std::vector<Chunk> body, std::uint64_t size) {
  if (size > kOnePiece || size == 0) return size == 0 ? std::vector<Chunk>{} : std::move(body);
  auto owner = std::make_shared_for_overwrite<char[]>(size);
  std::size_t at = 0;
  for (const Chunk& chunk : body) {
    std::memcpy(owner.get() + at, chunk.view().data(), chunk.size());
    at += chunk.size();
  }
  const std::string_view view{owner.get(), size};
  return {Chunk{std::move(owner), view}};
}

/// Fields that a shared cache must not reuse: those of private="…" and no-cache="…".
std::vector<std::string> withheld_fields(const policy::ResponseCacheControl& cache_control) {
  std::vector<std::string> names = cache_control.private_fields;
  names.insert(names.end(), cache_control.no_cache_fields.begin(),
               cache_control.no_cache_fields.end());
  return names;
}

void set_variant(Record& record, FieldSpan response, FieldSpan request) {
  record.vary = policy::parse_vary(response).names;
  record.variant.clear();
  if (!record.vary.empty()) policy::append_variant_key(record.vary, request, record.variant);
}

/// Everything but head and body.
std::shared_ptr<Record> copy_without_body(const Record& from) {
  auto record = std::make_shared<Record>();
  record->key = from.key;
  record->variant = from.variant;
  record->id = from.id;
  record->as_of = from.as_of;
  record->facts = from.facts;
  record->vary = from.vary;
  record->tags = from.tags;
  return record;
}

void add_length(Record& record, const std::string& head, std::uint64_t size) {
  record.body_size = size;
  record.head = head;
  // RFC 9110 §8.6: a 204 has no Content-Length.
  if (record.facts.status != 204) message::append_number_field(record.head, "Content-Length", size);
  record.head.shrink_to_fit();
}

}  // namespace

std::vector<Field> with_date(FieldSpan fields, UnixTime received, std::string& date) {
  std::vector<Field> out{fields.begin(), fields.end()};
  if (!has_field(fields, "Date")) {
    policy::HttpDateBuffer text{};
    date = policy::format_http_date(received, text);
    out.push_back({"Date", date});
  }
  return out;
}

std::shared_ptr<Record> begin_record(Worker& worker, const FillOrder& order,
                                     const policy::ResponseFacts& response,
                                     policy::ExchangeTimes times) {
  const config::Cache& cache = *order.route.route->cache;
  auto record = std::make_shared<Record>();
  record->key = order.key;
  record->id = cache::new_entity_id();
  const std::vector<Field> request = views(order.request_fields);
  policy::Expanded tags = tags_of_head(order.tags, request, response.fields);
  record->tags = std::move(tags.texts);
  worker.tally().missing_values.add(tags.missing);
  record->facts = policy::stored_facts(response, cache, times, worker.chance());
  set_variant(*record, response.fields, request);

  policy::ResponseForwarding forwarding = forwarding_of(*order.route.route);
  forwarding.store = true;
  forwarding.set_cookie = cache.set_cookie;
  const std::vector<std::string> withheld = withheld_fields(response.cache_control);
  forwarding.private_fields = withheld;
  std::vector<Field> passing;
  policy::append_response_fields(forwarding, response.fields, passing);
  record->head = make_answer_head(response.status, passing, worker.config().via, times.received);
  return record;
}

std::string make_leaders_head(Worker& worker, const FillOrder& order,
                              const policy::ResponseFacts& response, policy::ExchangeTimes times) {
  if (withheld_fields(response.cache_control).empty()) return {};
  policy::ResponseForwarding forwarding = forwarding_of(*order.route.route);
  forwarding.store = true;
  forwarding.set_cookie = order.route.route->cache->set_cookie;
  std::vector<Field> passing;
  policy::append_response_fields(forwarding, response.fields, passing);
  return make_answer_head(response.status, passing, worker.config().via, times.received);
}

std::shared_ptr<Record> complete_record(const Record& begun, std::vector<Chunk> body) {
  std::uint64_t size = 0;
  for (const Chunk& chunk : body) size += chunk.size();
  auto record = copy_without_body(begun);
  record->body = one_piece(std::move(body), size);
  add_length(*record, begun.head, size);
  return record;
}

std::shared_ptr<Record> complete_in_chunks(const Record& begun, std::vector<Chunk> first,
                                           std::uint64_t size) {
  auto record = copy_without_body(begun);
  record->body = one_piece(std::move(first), cache::kInlineBody);
  add_length(*record, begun.head, size);
  return record;
}

std::vector<Field> stored_fields(const Record& record) {
  std::vector<Field> stored = cache::head_fields(record);
  // Ours was the last of its lines (see make_answer_head).
  const auto via = std::find_if(stored.rbegin(), stored.rend(), [](const Field& field) {
    return ascii::iequals(field.name, "Via");
  });
  if (via != stored.rend()) stored.erase(std::next(via).base());
  return stored;
}

std::shared_ptr<Record> freshen_record(Worker& worker, const FillOrder& order,
                                       FieldSpan not_modified, policy::ExchangeTimes times) {
  const Record& stale = *order.stale;
  const OwnedFields merged = policy::merge_not_modified(stored_fields(stale), not_modified);
  const std::vector<Field> fields = views(merged);
  const policy::ResponseFacts facts = policy::response_facts(stale.facts.status, fields);
  auto begun = begin_record(worker, order, facts, times);
  begun->variant = stale.variant;
  begun->vary = stale.vary;
  // Those of its body, and of fields that are kept from clients, stand in neither.
  add_tags(stale.tags, begun->tags);
  if (cache::is_whole(stale))
    begun = complete_record(*begun, stale.body);
  else
    begun = complete_in_chunks(*begun, stale.body, stale.body_size);
  begun->body_id = stale.body_id;
  return begun;
}

cache::RecordPtr make_language_alias(const Record& record, FieldSpan request) {
  if (!policy::varies_by_language(record.vary)) return nullptr;
  const std::vector<Field> fields = cache::head_fields(record);
  const std::string_view language = policy::sole_language(fields);
  if (language.empty()) return nullptr;
  auto alias = copy_without_body(record);
  alias->variant.clear();
  policy::append_language_variant_key(record.vary, request, language, alias->variant);
  if (alias->variant == record.variant) return nullptr;
  alias->id = cache::new_entity_id();
  alias->head = record.head;
  alias->body = record.body;
  alias->body_size = record.body_size;
  alias->body_id = record.body_id;
  return alias;
}

cache::RecordPtr make_vary_index(const Record& record) {
  auto index = std::make_shared<Record>();
  index->kind = cache::RecordKind::VaryIndex;
  index->key = record.key;
  index->id = cache::new_entity_id();
  index->as_of = record.as_of;
  index->vary = record.vary;
  index->facts = record.facts;
  return index;
}

cache::RecordPtr make_uncacheable(const FillOrder& order, const cache::Stamp& as_of, UnixTime now,
                                  Millis lifetime) {
  auto mark = std::make_shared<Record>();
  mark->kind = cache::RecordKind::Uncacheable;
  mark->key = order.key;
  mark->variant = order.variant;
  mark->id = cache::new_entity_id();
  mark->as_of = as_of;
  mark->facts.born = now;
  mark->facts.lifetime = lifetime;
  return mark;
}

bool leads_back(std::string_view key, const config::QueryRule& rule,
                const policy::ResponseFacts& response) {
  if (response.status < 300 || response.status > 399) return false;
  const auto decoded = policy::decode_key(key);
  if (!decoded) return true;
  const policy::KeyParts& parts = decoded->parts;
  return policy::redirects_to_itself(
      {parts.scheme, parts.host, parts.path, parts.query, parts.has_query}, rule, response.status,
      response.fields);
}

}  // namespace wf::server
