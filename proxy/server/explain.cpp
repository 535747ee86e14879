#include "proxy/server/explain.hpp"

#include <fmt/format.h>

#include "proxy/cache/redis_keys.hpp"
#include "proxy/policy/freshness.hpp"
#include "proxy/policy/key.hpp"
#include "proxy/policy/reuse.hpp"
#include "proxy/policy/storability.hpp"
#include "proxy/policy/uri.hpp"
#include "proxy/policy/vary.hpp"

namespace wf::server {

namespace {

/// The question as a request; views into it and into the scratch strings.
struct Asked {
  policy::Method method = policy::Method::Get;
  std::string scheme;
  std::string authority;
  std::string host;
  policy::Target target;
  std::vector<Field> fields;
  policy::RequestFacts facts;
  std::shared_ptr<const Setup> setup;  // keeps the route alive
  policy::RouteMatch route;
  std::string target_scratch;
  std::string query_scratch;
};

Error unclear(std::string what) {
  return {ErrorCode::Malformed, Side::Client, Retry::No, std::move(what)};
}

Result<void> read_question(const Shared& shared, const ExplainQuestion& question, Asked& out) {
  out.method = policy::parse_method(question.method);
  const auto target = policy::parse_target(question.url, out.method, out.target_scratch);
  if (!target) return unclear(std::string{"the URL: "}.append(to_string(target.error())));
  if (target->authority.empty()) return unclear("the URL: expected http://host/path");
  out.target = *target;
  out.scheme = target->scheme;
  std::string scratch;
  const auto host = policy::parse_host(target->authority, scratch);
  if (!host) return unclear("the URL: not a host");
  out.authority = policy::without_default_port(*host, out.scheme);
  out.host = host->host;
  out.fields = views(question.fields);
  out.facts = policy::request_facts(out.method, out.fields, false);
  out.setup = shared.setup();
  out.route = out.setup->routes.match(out.host, question.method, out.target.path);
  return {};
}

std::string key_of(const Asked& asked, const config::Cache& cache) {
  std::vector<Field> headers;
  std::vector<Field> cookies;
  policy::append_keyed_headers(asked.facts.fields, cache.key_headers, headers);
  if (cache.cookies.mode == config::CookieRule::Mode::Key) {
    policy::append_cookie_values(asked.facts.fields, cache.cookies.names, cookies);
  }
  policy::KeyParts parts;
  parts.name_space = asked.route.route->name;
  parts.scheme = asked.scheme;
  parts.host = asked.authority;
  parts.path = asked.target.path;
  parts.query = asked.target.query;
  parts.has_query = asked.target.has_query;
  std::string key;
  policy::append_key(parts, {headers, cookies}, key);
  return key;
}

std::string shown_target(const Asked& asked) {
  std::string text = asked.scheme + "://" + asked.authority;
  text += asked.target.path;
  if (asked.target.has_query) text.append("?").append(asked.target.query);
  return text;
}

std::string_view decision_of(policy::Reuse reuse) {
  switch (reuse) {
    case policy::Reuse::Fresh:
      return "hit";
    case policy::Reuse::StaleAllowed:
    case policy::Reuse::StaleWhileRevalidate:
      return "hit-stale";
    case policy::Reuse::Validate:
      return "ask the origin";
    case policy::Reuse::GatewayTimeout:
      return "504, only-if-cached";
  }
  return "?";
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : " ") + text;
  return out;
}

cache::RecordPtr look_up(Shared& shared, const Asked& asked, const std::string& key,
                         Explanation& out) {
  const UnixTime now = shared.fleet_clock.now();
  cache::RecordPtr record = shared.memory.find(cache::lookup_key(key), now);
  if (!record || record->kind != cache::RecordKind::VaryIndex) return record;
  std::string variant;
  policy::append_variant_key(record->vary(), asked.facts.fields, variant);
  out.add("vary", joined(record->vary()));
  const std::string slot = key + variant;
  return shared.memory.find(cache::lookup_key(slot), now);
}

void decide(Shared& shared, const Asked& asked, const cache::RecordPtr& record, Explanation& out) {
  if (!record) {
    out.add("decision",
            shared.config->store.redis ? "ask Redis, then the origin" : "ask the origin");
    out.add("why", "not in the memory of this proxy");
    return;
  }
  if (record->kind == cache::RecordKind::Uncacheable) {
    out.add("decision", "ask the origin");
    out.add("why", "an earlier answer could not be shared: requests are not collapsed");
    return;
  }
  out.add("tags", joined(record->tags()));
  const auto verdict = shared.purges.verdict(*record);
  if (verdict == invalidation::Verdict::Invalid) {
    out.add("decision", "ask the origin");
    out.add("why", "what is in memory was purged");
    return;
  }
  const UnixTime now = shared.fleet_clock.now();
  const bool soft = verdict == invalidation::Verdict::Stale;
  policy::StoredFacts facts = record->facts;
  if (soft) facts = policy::stale_since(facts, shared.purges.soft_since(*record), now);
  const auto judged = policy::judge(facts, asked.facts, now);
  out.add("decision", std::string{decision_of(judged.reuse)});
  out.add("why", fmt::format("in memory, {} s old, {} s of freshness left{}",
                             std::chrono::floor<Seconds>(judged.age).count(),
                             std::chrono::floor<Seconds>(judged.remaining).count(),
                             soft ? ", softly purged" : ""));
}

}  // namespace

Result<Explanation> explain(Shared& shared, const ExplainQuestion& question) {
  Asked asked;
  const Result<void> read = read_question(shared, question, asked);
  if (!read) return read.error();
  Explanation out;
  if (asked.route.route == nullptr) {
    out.add("decision", "404");
    out.add("why", "no route matches");
    return out;
  }
  const config::Route& route = *asked.route.route;
  out.add("route", route.name);
  out.add("upstream", route.upstream);
  const config::Cache* cache = route.cache ? &*route.cache : nullptr;
  const auto bypass = policy::bypass_reason(asked.facts, cache);
  if (bypass != policy::BypassReason::None) {
    out.add("decision", "pass to the origin");
    out.add("why", std::string{to_string(bypass)});
    return out;
  }
  policy::apply_query_rule(asked.target, cache->query, asked.query_scratch);
  const std::string key = key_of(asked, *cache);
  out.add("key", shown_target(asked));
  out.add("hash", cache::key_hash(key).hex);
  decide(shared, asked, look_up(shared, asked, key, out), out);
  return out;
}

}  // namespace wf::server
