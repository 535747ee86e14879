#include "proxy/server/fill_record.hpp"

#include <algorithm>

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

using cache::Draft;
using cache::Record;

/// Fields that a shared cache must not reuse: those of private="…" and no-cache="…".
std::vector<std::string> withheld_fields(const policy::ResponseCacheControl& cache_control) {
  std::vector<std::string> names = cache_control.private_fields;
  names.insert(names.end(), cache_control.no_cache_fields.begin(),
               cache_control.no_cache_fields.end());
  return names;
}

void set_variant(Draft& record, FieldSpan response, FieldSpan request) {
  record.vary = policy::parse_vary(response).names;
  record.variant.clear();
  if (!record.vary.empty()) policy::append_variant_key(record.vary, request, record.variant);
}

void add_length(Draft& record, std::uint64_t size) {
  record.body_size = size;
  // RFC 9110 §8.6: a 204 has no Content-Length.
  if (record.facts.status != 204) message::append_number_field(record.head, "Content-Length", size);
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

Draft begin_record(Worker& worker, const FillOrder& order, const policy::ResponseFacts& response,
                   policy::ExchangeTimes times) {
  const config::Cache& cache = *order.route.route->cache;
  Draft record;
  record.key = order.key;
  record.id = cache::new_entity_id();
  const std::vector<Field> request = views(order.request_fields);
  policy::Expanded tags = tags_of_head(order.tags, request, response.fields);
  record.tags = std::move(tags.texts);
  worker.tally().missing_values.add(tags.missing);
  record.facts = policy::stored_facts(response, cache, times, worker.chance());
  set_variant(record, response.fields, request);

  policy::ResponseForwarding forwarding = forwarding_of(*order.route.route);
  forwarding.store = true;
  forwarding.set_cookie = cache.set_cookie;
  const std::vector<std::string> withheld = withheld_fields(response.cache_control);
  forwarding.private_fields = withheld;
  std::vector<Field> passing;
  policy::append_response_fields(forwarding, response.fields, passing);
  record.head = make_answer_head(response.status, passing, worker.config().via, times.received);
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

Draft complete_record(const Draft& begun, std::vector<Chunk> body) {
  Draft record = begun;
  record.body = std::move(body);
  record.body_id = {};
  add_length(record, BodyView{record.body}.size());
  return record;
}

Draft complete_in_chunks(const Draft& begun, const std::vector<Chunk>& first, std::uint64_t size) {
  Draft record = begun;
  record.body = first;
  record.body_id = {};
  add_length(record, size);
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

Draft freshen_record(Worker& worker, const FillOrder& order, FieldSpan not_modified,
                     policy::ExchangeTimes times) {
  const Record& stale = *order.stale;
  const OwnedFields merged = policy::merge_not_modified(stored_fields(stale), not_modified);
  const std::vector<Field> fields = views(merged);
  const policy::ResponseFacts facts = policy::response_facts(stale.facts.status, fields);
  Draft record = begin_record(worker, order, facts, times);
  record.variant = stale.variant();
  record.vary = stale.vary();
  // Those of its body, and of fields that are kept from clients, stand in neither.
  add_tags(stale.tags(), record.tags);
  record.body = cache::chunks_of(stale);
  record.body_id = stale.body_id();
  add_length(record, stale.body_size);
  return record;
}

cache::RecordPtr make_language_alias(const Record& record, FieldSpan request) {
  if (!policy::varies_by_language(record.vary())) return nullptr;
  const std::vector<Field> fields = cache::head_fields(record);
  const std::string_view language = policy::sole_language(fields);
  if (language.empty()) return nullptr;
  Draft alias = cache::draft_without_body(record);
  alias.variant.clear();
  policy::append_language_variant_key(record.vary(), request, language, alias.variant);
  if (alias.variant == record.variant()) return nullptr;
  alias.id = cache::new_entity_id();
  alias.head = record.head();
  alias.body = cache::chunks_of(record);
  alias.body_size = record.body_size;
  alias.body_id = record.body_id();
  return Record::make(std::move(alias));
}

cache::RecordPtr make_vary_index(const Record& record) {
  Draft index;
  index.kind = cache::RecordKind::VaryIndex;
  index.key = record.key();
  index.id = cache::new_entity_id();
  index.as_of = record.as_of;
  index.vary = record.vary();
  index.facts = record.facts;
  return Record::make(std::move(index));
}

cache::RecordPtr make_uncacheable(const FillOrder& order, const cache::Stamp& as_of, UnixTime now,
                                  Millis lifetime) {
  Draft mark;
  mark.kind = cache::RecordKind::Uncacheable;
  mark.key = order.key;
  mark.variant = order.variant;
  mark.id = cache::new_entity_id();
  mark.as_of = as_of;
  mark.facts.born = now;
  mark.facts.lifetime = lifetime;
  return Record::make(std::move(mark));
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
