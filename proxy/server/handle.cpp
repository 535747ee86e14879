#include "proxy/server/handle.hpp"

#include "proxy/message/rules.hpp"
#include "proxy/policy/freshness.hpp"
#include "proxy/policy/reuse.hpp"
#include "proxy/policy/storability.hpp"
#include "proxy/server/answer_fill.hpp"
#include "proxy/server/content.hpp"
#include "proxy/server/fill.hpp"
#include "proxy/server/lookup.hpp"
#include "proxy/server/parts.hpp"
#include "proxy/server/pass.hpp"
#include "proxy/server/respond_stored.hpp"

namespace wf::server {

namespace {

using policy::BypassReason;
using policy::ForwardReason;
using policy::Outcome;
using policy::Reuse;

/// A fill may end without an answer for us: abandoned, of another variant, private. After so many a
/// request goes to the origin by itself.
constexpr int kRounds = 4;

Request read_request(Worker& worker, const message::RequestHead& head, Client& client) {
  Request request{head, {}, head.target, {}, {}, {}, "GET"};
  request.authority = policy::without_default_port(head.host, client.scheme);
  request.facts = policy::request_facts(head.method, head.fields, head.has_body());
  request.route = worker.shared().routes.match(head.host.host, head.method_text, head.target.path);
  if (request.route.route != nullptr && request.route.route->cache) {
    policy::apply_query_rule(request.target, request.route.route->cache->query, client.keys.query);
  }
  return request;
}

StatusLine status_line(const Worker& worker) {
  StatusLine status;
  status.parts.cache = worker.config().via;
  status.detail = worker.config().cache_status;
  return status;
}

PassReason bypass(BypassReason reason) {
  const bool method = reason == BypassReason::Method;
  if (method) return {Outcome::Bypass, ForwardReason::Method, {}};
  return {Outcome::Bypass, ForwardReason::Bypass, to_string(reason)};
}

/// Serves what was found, if it may be served; false: ask the origin. A refresh in the background
/// is started on the way.
net::Task<bool> serve_found(Worker& worker, const Request& request, Client& client, Found& found) {
  const policy::Judgement judged = policy::judge(found.record->facts, request.facts, worker.now());
  StatusLine status = status_line(worker);
  status.parts.hit = true;
  status.parts.ttl = std::chrono::round<Seconds>(judged.remaining).count();
  status.parts.detail = found.tier;
  switch (judged.reuse) {
    case Reuse::Fresh:
      client.log.outcome = Outcome::HitFresh;
      if (policy::refresh_early(judged, found.record->facts.lifetime,
                                request.route.route->cache->early_refresh)) {
        refresh(worker, request, client, found);
      }
      break;
    case Reuse::StaleAllowed:
      client.log.outcome = Outcome::HitStale;
      break;
    case Reuse::StaleWhileRevalidate:
      client.log.outcome = Outcome::HitStale;
      refresh(worker, request, client, found);
      break;
    case Reuse::GatewayTimeout:
    case Reuse::Validate:
      co_return false;
  }
  client.log.tier = found.tier;
  const StoredAnswer answer{found.record, status, judged.age};
  const auto sent = co_await respond_stored(worker, request, client, answer);
  if (!sent) client.log.set_error(sent.error());
  if (!sent || *sent == Served::Yes) co_return true;
  // A part of it is lost: there is nothing stored any more.
  found.record.reset();
  co_return false;
}

/// Waiting for another's answer is of use only if it may be shared when it comes.
Collapse collapse_for(Worker& worker, const Request& request, const Found& found) {
  if (request.facts.authorization) return Collapse::Alone;
  if (found.record) {
    const policy::StoredFacts& facts = found.record->facts;
    const bool never_shared = facts.no_cache || facts.lifetime <= facts.initial_age;
    const bool marked = found.record->kind == cache::RecordKind::Uncacheable &&
                        policy::current_age(facts, worker.now()) < facts.lifetime;
    if (never_shared || marked) return Collapse::Alone;
  }
  return request.facts.cache_control.no_cache ? Collapse::Fresh : Collapse::Join;
}

/// A request whose answer cannot fill the cache goes to the origin as it is.
std::optional<PassReason> pass_instead(const Request& request, const Found& found) {
  const bool part = found.record && is_part(*found.record);
  const bool whole = found.record && found.record->kind == cache::RecordKind::Response && !part;
  if (request.method() == policy::Method::Head) {
    const auto why = found.record ? ForwardReason::Stale : ForwardReason::UriMiss;
    return PassReason{Outcome::Miss, why, "head", whole ? &found.record : nullptr};
  }
  if (request.facts.cache_control.no_store) {
    return PassReason{Outcome::Bypass, ForwardReason::Request, "no-store"};
  }
  if (request.facts.range && !whole) {
    const auto why = part ? ForwardReason::Partial : ForwardReason::UriMiss;
    return PassReason{Outcome::Miss, why, "range", part ? &found.record : nullptr};
  }
  return std::nullopt;
}

/// What is stored for the request, memory before Redis.
net::Task<Found> look_up(Worker& worker, const Request& request, Client& client) {
  client.keys.set_key_only();
  Found found;
  if (memory_trusted(worker)) found = find_in_memory(worker, request, client.keys);
  if (!found.record && worker.redis() != nullptr) {
    const SteadyTime asked = worker.clock().steady();
    found = co_await find_in_redis(worker, request, client.keys, std::move(found.index));
    client.log.lookup += worker.clock().steady() - asked;
  }
  co_return found;
}

net::Task<void> answer_only_if_cached(Worker& worker, Client& client) {
  static_cast<void>(co_await respond_error(
      client, {504, Side::Self, "not in the cache", Outcome::OnlyIfCached}, status_line(worker)));
}

/// The origin failed for this key a moment ago: it is spared, and the client told so.
net::Task<void> answer_failed_before(Worker& worker, Client& client, const Error& error) {
  StatusLine status = status_line(worker);
  status.parts.fwd = ForwardReason::UriMiss;
  status.parts.detail = "failed-before";
  client.log.set_error(error);
  static_cast<void>(co_await respond_error(client, own_answer_for(error), status));
}

/// Requests on a route that caches: find, or fill.
net::Task<void> serve_cacheable(Worker& worker, const Request& request, Client& client) {
  for (int round = 0; round < kRounds; ++round) {
    Found found = co_await look_up(worker, request, client);
    const bool stored = found.record && found.record->kind == cache::RecordKind::Response &&
                        holds_enough(*found.record, request);
    if (stored && co_await serve_found(worker, request, client, found)) co_return;
    if (!policy::may_forward(request.facts)) {
      co_await answer_only_if_cached(worker, client);
      co_return;
    }
    const auto passed = pass_instead(request, found);
    if (passed) {
      co_await pass_through(worker, request, client, *passed);
      co_return;
    }
    const Collapse collapse = collapse_for(worker, request, found);
    // Those who waited for the one that failed do try once more, see answer_fill.
    const auto failed =
        round == 0 && collapse == Collapse::Join
            ? worker.shared().failures.find(client.keys.slot, worker.clock().steady())
            : std::nullopt;
    if (failed && !found.record) {
      co_await answer_failed_before(worker, client, *failed);
      co_return;
    }
    Joined joined = join_fill(worker, request, client, found, collapse);
    if (co_await answer_from_fill(worker, request, client, joined, {found, collapse, round})) {
      co_return;
    }
  }
  co_await pass_through(worker, request, client, {Outcome::Miss, ForwardReason::Miss, "contended"});
}

}  // namespace

net::Task<void> handle(Worker& worker, const message::RequestHead& head, Client& client) {
  Request request = read_request(worker, head, client);
  if (request.route.route == nullptr) {
    static_cast<void>(co_await respond_error(
        client, {404, Side::Self, "no route matches", Outcome::NoRoute}, status_line(worker)));
    co_return;
  }
  const config::Route& route = *request.route.route;
  client.log.route = route.name;
  client.log.route_place = request.route.index;
  const config::Cache* cache = route.cache ? &*route.cache : nullptr;
  if (const auto refused = message::rules::unexpected_body(head, route.allow_get_body)) {
    client.log.reason = to_string(refused->rule);
    worker.tally().refusal(static_cast<std::size_t>(refused->rule));
    static_cast<void>(co_await respond_error(
        client, {refused->status, Side::Client, refused->what, Outcome::Refused},
        status_line(worker)));
    co_return;
  }
  const BypassReason reason = policy::bypass_reason(request.facts, cache);
  if (reason != BypassReason::None) {
    co_await pass_through(worker, request, client, bypass(reason));
    co_return;
  }
  if (must_fail(worker)) {
    static_cast<void>(co_await respond_error(
        client, {503, Side::Store, "the shared store is down", Outcome::Overloaded},
        status_line(worker)));
    co_return;
  }
  if (request.method() == policy::Method::Query) {
    const bool keyed = co_await read_content(worker, request, client);
    if (!keyed) co_return;
  }
  make_keys(request, *cache, client.scheme, client.keys);
  co_await serve_cacheable(worker, request, client);
}

}  // namespace wf::server
