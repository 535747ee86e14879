#include "proxy/server/handle.hpp"

#include <utility>

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

using invalidation::Trust;
using policy::BypassReason;
using policy::ForwardReason;
using policy::Outcome;
using policy::Reuse;

/// A fill may end without an answer for us: abandoned, of another variant, private. After so many a
/// request goes to the origin by itself.
constexpr int kRounds = 4;

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

net::Task<void> refuse(Worker& worker, Client& client, OwnAnswer answer) {
  static_cast<void>(co_await respond_error(client, answer, status_line(worker)));
}

/// What was found, if it may be served; nothing: ask the origin. A refresh in the background is
/// started on the way. The record moves into the answer: its count lies on a cache line that all
/// workers write who serve it.
std::optional<StoredAnswer> admit(Worker& worker, const Request& request, Client& client,
                                  Found& found) {
  const bool stored = found.record && found.record->kind == cache::RecordKind::Response &&
                      holds_enough(*found.record, request);
  if (!stored) return std::nullopt;
  const policy::StoredFacts facts = facts_of(worker, found);
  const policy::Judgement judged = policy::judge(facts, request.facts, worker.now());
  StatusLine status = status_line(worker);
  status.parts.hit = true;
  status.parts.ttl = std::chrono::round<Seconds>(judged.remaining).count();
  status.parts.detail = found.tier;
  switch (judged.reuse) {
    case Reuse::Fresh:
      client.log.outcome = Outcome::HitFresh;
      if (policy::refresh_early(judged, facts.lifetime,
                                request.route.route->cache->early_refresh)) {
        refresh(worker, request, client.asker(), found);
      }
      break;
    case Reuse::StaleAllowed:
      client.log.outcome = Outcome::HitStale;
      break;
    case Reuse::StaleWhileRevalidate:
      client.log.outcome = Outcome::HitStale;
      refresh(worker, request, client.asker(), found);
      break;
    case Reuse::GatewayTimeout:
    case Reuse::Validate:
      return std::nullopt;
  }
  client.log.tier = found.tier;
  return StoredAnswer{std::move(found.record), status, judged.age};
}

/// False: a part of it is lost, and there is nothing stored any more.
net::Task<bool> serve_stored(Worker& worker, const Request& request, Client& client,
                             StoredAnswer answer) {
  const auto sent = co_await respond_stored(worker, request, client, std::move(answer));
  if (!sent) client.log.set_error(sent.error());
  co_return !sent || *sent == Served::Yes;
}

/// That nothing can be shared was found out a moment ago (hit-for-miss).
bool is_marked(Worker& worker, const Found& found) {
  return found.record && found.record->kind == cache::RecordKind::Uncacheable &&
         policy::current_age(found.record->facts, worker.now()) < found.record->facts.lifetime;
}

/// Waiting for another's answer is of use only if it may be shared when it comes.
Collapse collapse_for(Worker& worker, const Request& request, const Found& found) {
  if (request.facts.authorization) return Collapse::Alone;
  if (found.record) {
    const policy::StoredFacts& facts = found.record->facts;
    const bool never_shared = facts.no_cache || facts.lifetime <= facts.initial_age;
    if (never_shared || is_marked(worker, found)) return Collapse::Alone;
  }
  return request.facts.cache_control.no_cache ? Collapse::Fresh : Collapse::Join;
}

/// A request whose answer cannot fill the cache goes to the origin as it is; one whose answer will
/// hardly do, without a fill.
std::optional<PassReason> pass_instead(Worker& worker, const Request& request, const Keys& keys,
                                       const Found& found) {
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
  if (request.method() == policy::Method::Get && is_marked(worker, found)) {
    const auto why = keys.variant.empty() ? ForwardReason::UriMiss : ForwardReason::VaryMiss;
    return PassReason{Outcome::Miss, why, {}, nullptr, found.seen};
  }
  return std::nullopt;
}

/// What memory holds for the request.
Found look_up(Worker& worker, const Request& request, Client& client) {
  client.keys.set_key_only();
  if (trust(worker) == Trust::None) return {};
  return find_in_memory(worker, request, client.keys);
}

/// Redis is asked where memory has nothing, or something that was softly purged since. Without a
/// lease it could not be believed: it is not asked at all (design §7).
bool ask_redis(Worker& worker, const Found& found) {
  return (!found.record || found.purged) && worker.redis() != nullptr &&
         trust(worker) == Trust::Exact;
}

/// The origin failed for this key a moment ago: it is spared, and the client told so.
net::Task<void> answer_failed_before(Worker& worker, Client& client, const Error& error) {
  StatusLine status = status_line(worker);
  status.parts.fwd = ForwardReason::UriMiss;
  status.parts.detail = "failed-before";
  client.log.set_error(error);
  static_cast<void>(co_await respond_error(client, own_answer_for(error), status));
}

/// Requests on a route that caches, and that memory does not answer at once: find, or fill.
net::Task<void> serve_cacheable(Worker& worker, const Request& request, Client& client,
                                Found in_memory) {
  for (int round = 0; round < kRounds; ++round) {
    Found found = round == 0 ? std::exchange(in_memory, Found{}) : look_up(worker, request, client);
    if (ask_redis(worker, found)) {
      const SteadyTime asked = worker.clock().steady();
      Found theirs = co_await find_in_redis(worker, request, client.keys, found.index);
      client.log.lookup += worker.clock().steady() - asked;
      // Or what memory had, if that is all there is.
      if (theirs.record || !found.record) found = std::move(theirs);
    }
    if (std::optional<StoredAnswer> hit = admit(worker, request, client, found)) {
      if (respond_at_once(request, client, *hit)) co_return;
      const bool served = co_await serve_stored(worker, request, client, std::move(*hit));
      if (served) co_return;
      found.record.reset();
    }
    if (!policy::may_forward(request.facts)) {
      co_await refuse(worker, client, {504, Side::Self, "not in the cache", Outcome::OnlyIfCached});
      co_return;
    }
    const auto passed = pass_instead(worker, request, client.keys, found);
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
    Joined joined = join_fill(worker, request, client.asker(), found, collapse);
    if (co_await answer_from_fill(worker, request, client, joined, {found, collapse, round})) {
      co_return;
    }
  }
  co_await pass_through(worker, request, client, {Outcome::Miss, ForwardReason::Miss, "contended"});
}

/// What memory holds is served without waiting, if it may be; nothing: that was all.
Rest serve_keyed(Worker& worker, const Request& request, Client& client) {
  make_keys(request, *request.route.route->cache, client.scheme, client.keys);
  Found found = look_up(worker, request, client);
  std::optional<StoredAnswer> hit = admit(worker, request, client, found);
  if (hit && respond_at_once(request, client, *hit)) return std::nullopt;
  if (hit) found.record = std::move(hit->record);
  return serve_cacheable(worker, request, client, std::move(found));
}

/// A QUERY is keyed on its content, which has to be read first.
net::Task<void> serve_query(Worker& worker, Request& request, Client& client) {
  const bool keyed = co_await read_content(worker, request, client);
  if (!keyed) co_return;
  Rest rest = serve_keyed(worker, request, client);
  if (rest) co_await std::move(*rest);
}

}  // namespace

Request read_request(Worker& worker, const message::RequestHead& head, Keys& keys,
                     std::string_view scheme) {
  const policy::RouteTable& routes = worker.footing()->routes();
  Request request{head,
                  policy::without_default_port(head.host, scheme),
                  head.target,
                  policy::request_facts(head.method, head.fields, head.has_body()),
                  routes.match(head.host.host, head.method_text, head.target.path),
                  {},
                  "GET",
                  worker.footing()};
  if (request.route.route != nullptr && request.route.route->cache) {
    policy::apply_query_rule(request.target, request.route.route->cache->query, keys.query);
  }
  return request;
}

Rest handle(Worker& worker, Request& request, Client& client) {
  if (request.route.route == nullptr) {
    return refuse(worker, client, {404, Side::Self, "no route matches", Outcome::NoRoute});
  }
  const config::Route& route = *request.route.route;
  client.log.route = route.name;
  client.log.route_place = request.footing->place(request.route);
  const config::Cache* cache = route.cache ? &*route.cache : nullptr;
  if (const auto refused = message::rules::unexpected_body(request.head, route.allow_get_body)) {
    client.log.reason = to_string(refused->rule);
    worker.tally().refusal(static_cast<std::size_t>(refused->rule));
    return refuse(worker, client, {refused->status, Side::Client, refused->what, Outcome::Refused});
  }
  const BypassReason reason = policy::bypass_reason(request.facts, cache);
  if (reason != BypassReason::None) return pass_through(worker, request, client, bypass(reason));
  if (must_fail(worker)) {
    return refuse(worker, client,
                  {503, Side::Store, "the shared store is down", Outcome::Overloaded});
  }
  if (request.method() == policy::Method::Query) return serve_query(worker, request, client);
  return serve_keyed(worker, request, client);
}

}  // namespace wf::server
