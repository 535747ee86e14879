#include "proxy/policy/storability.hpp"

#include <algorithm>

#include "proxy/base/ascii.hpp"
#include "proxy/policy/vary.hpp"

namespace wf::policy {
namespace {

bool must_understand_holds(const ResponseFacts& response) noexcept {
  return response.cache_control.must_understand && is_understood(response.status);
}

NoStoreReason status_reason(const ResponseFacts& response) noexcept {
  switch (response.status) {
    case 206:
      return NoStoreReason::PartialContent;
    // Answers to a condition or a range of this one request (RFC 9110 §13, §14), and to the rate or
    // the head of this one client (RFC 6585 §3 to §6: never stored).
    case 304:
    case 412:
    case 416:
    case 428:
    case 429:
    case 431:
    case 511:
      return NoStoreReason::Status;
    default:
      break;
  }
  if (response.status < 200 || response.status > 599) return NoStoreReason::Status;
  if (response.cache_control.must_understand && !is_understood(response.status)) {
    return NoStoreReason::StatusNotUnderstood;
  }
  return NoStoreReason::None;
}

// RFC 9111 §3.5.
bool shared_despite_authorization(const ResponseCacheControl& cc) noexcept {
  return cc.public_ || cc.must_revalidate || cc.s_maxage.has_value();
}

NoStoreReason directive_reason(const RequestFacts& request, const ResponseFacts& response,
                               const config::Cache& cache) noexcept {
  const auto& cc = response.cache_control;
  // A cache that knows the status obeys must-understand in place of no-store (§5.2.2.3).
  const bool no_store =
      cc.no_store && !cache.ignore_origin.no_store && !must_understand_holds(response);
  if (no_store) return NoStoreReason::NoStore;
  if (cc.private_ && !cache.ignore_origin.private_) return NoStoreReason::Private;
  if (request.authorization && !shared_despite_authorization(cc)) {
    return NoStoreReason::Authorization;
  }
  const bool keeps_cookie = cache.set_cookie == config::SetCookieRule::Bypass &&
                            !is_withheld(cc, cache.ignore_origin, "set-cookie");
  if (response.set_cookie && keeps_cookie) return NoStoreReason::SetCookie;
  return NoStoreReason::None;
}

NoStoreReason vary_reason(const ResponseFacts& response) {
  switch (parse_vary(response.fields).form) {
    case VaryForm::Names:
      return NoStoreReason::None;
    case VaryForm::Star:
      return NoStoreReason::VaryStar;
    case VaryForm::TooMany:
      return NoStoreReason::VaryTooMany;
    case VaryForm::Malformed:
      return NoStoreReason::VaryMalformed;
  }
  return NoStoreReason::VaryMalformed;
}

bool has_validator(const ResponseFacts& response) noexcept {
  return !response.etag.empty() || response.last_modified.has_value();
}

// Where the origin sends no Date the moment of reception counts, which is not known here: assume
// one that leaves an Expires or a Last-Modified its meaning; stored_facts reckons with the true
// one.
UnixTime assumed_reception(const ResponseFacts& response) noexcept {
  if (response.expires) return *response.expires - std::chrono::hours{1};
  if (response.last_modified) return *response.last_modified + std::chrono::hours{1};
  return UnixTime{};
}

// A condition is only honoured where the answer would else be 200 (RFC 9110 §13.2.1), so a
// validator is of use for those alone.
bool is_of_use_when_stale(const ResponseFacts& response, const config::Cache& cache) noexcept {
  const auto& cc = response.cache_control;
  const bool conditional = response.status == 200 || response.status == 206;
  if (has_validator(response) && conditional) return true;
  const bool forbidden = cc.must_revalidate || cc.proxy_revalidate || cc.s_maxage || cc.no_cache;
  const bool window = cache.stale_while_revalidate.value_or(Millis{0}) > Millis{0} ||
                      cache.stale_if_error.value_or(Millis{0}) > Millis{0} ||
                      cc.stale_while_revalidate.value_or(0) > 0 ||
                      cc.stale_if_error.value_or(0) > 0;
  return window && !forbidden;
}

// §3, last item of the list: something must permit storing at all.
NoStoreReason freshness_reason(const ResponseFacts& response, const config::Cache& cache) noexcept {
  const auto fresh = freshness(response, cache, assumed_reception(response));
  const bool permitted = fresh.source != FreshnessSource::None || response.cache_control.public_ ||
                         is_heuristically_cacheable(response.status);
  if (!permitted) return NoStoreReason::NoFreshness;
  const bool every_use_validated = response.cache_control.no_cache && !cache.ignore_origin.no_cache;
  if (fresh.lifetime > Millis{0} && !every_use_validated) return NoStoreReason::None;
  // Without explicit freshness a stale window has nothing to begin at.
  if (fresh.source == FreshnessSource::None && !has_validator(response)) {
    return NoStoreReason::NoFreshness;
  }
  return is_of_use_when_stale(response, cache) ? NoStoreReason::None : NoStoreReason::NoFreshness;
}

NoStoreReason reason_but_for_status(const RequestFacts& request, const ResponseFacts& response,
                                    const config::Cache& cache) {
  if (const auto reason = directive_reason(request, response, cache);
      reason != NoStoreReason::None) {
    return reason;
  }
  if (const auto reason = vary_reason(response); reason != NoStoreReason::None) return reason;
  return freshness_reason(response, cache);
}

}  // namespace

std::string_view to_string(BypassReason reason) noexcept {
  switch (reason) {
    case BypassReason::None:
      return "none";
    case BypassReason::NoCacheRule:
      return "no-cache-rule";
    case BypassReason::Method:
      return "method";
    case BypassReason::Body:
      return "body";
    case BypassReason::Cookie:
      return "cookie";
    case BypassReason::Authorization:
      return "authorization";
    case BypassReason::Range:
      return "range";
    case BypassReason::Upgrade:
      return "upgrade";
    case BypassReason::OriginPrecondition:
      return "precondition";
  }
  return "?";
}

BypassReason bypass_reason(const RequestFacts& request, const config::Cache* cache) noexcept {
  if (cache == nullptr) return BypassReason::NoCacheRule;
  // A QUERY comes this far only where a route names it (F8).
  const bool query = request.method == Method::Query;
  if (request.method != Method::Get && request.method != Method::Head && !query) {
    return BypassReason::Method;
  }
  if (request.has_body && !query) return BypassReason::Body;
  if (request.upgrade) return BypassReason::Upgrade;
  if (request.cookie && cache->cookies.mode == config::CookieRule::Mode::Bypass) {
    return BypassReason::Cookie;
  }
  return request.for_origin ? BypassReason::OriginPrecondition : BypassReason::None;
}

std::string_view to_string(NoStoreReason reason) noexcept {
  switch (reason) {
    case NoStoreReason::None:
      return "none";
    case NoStoreReason::RequestNoStore:
      return "request-no-store";
    case NoStoreReason::Method:
      return "method";
    case NoStoreReason::Status:
      return "status";
    case NoStoreReason::StatusNotUnderstood:
      return "status-not-understood";
    case NoStoreReason::NoStore:
      return "no-store";
    case NoStoreReason::Private:
      return "private";
    case NoStoreReason::Authorization:
      return "authorization";
    case NoStoreReason::SetCookie:
      return "set-cookie";
    case NoStoreReason::VaryStar:
      return "vary-star";
    case NoStoreReason::VaryTooMany:
      return "vary-too-many";
    case NoStoreReason::VaryMalformed:
      return "vary-malformed";
    case NoStoreReason::NoFreshness:
      return "no-freshness";
    case NoStoreReason::PartialContent:
      return "partial-content";
    case NoStoreReason::SelfRedirect:
      return "self-redirect";
    case NoStoreReason::TooLarge:
      return "too-large";
    case NoStoreReason::Truncated:
      return "truncated";
    case NoStoreReason::CloseDelimited:
      return "close-delimited";
    case NoStoreReason::Tags:
      return "tags";
  }
  return "?";
}

NoStoreReason may_store(const RequestFacts& request, const ResponseFacts& response,
                        const config::Cache& cache) {
  if (request.method != Method::Get && request.method != Method::Query) {
    return NoStoreReason::Method;
  }
  if (request.cache_control.no_store) return NoStoreReason::RequestNoStore;
  if (const auto reason = status_reason(response); reason != NoStoreReason::None) return reason;
  return reason_but_for_status(request, response, cache);
}

NoStoreReason may_store_ranged(const RequestFacts& request, const ResponseFacts& response,
                               const config::Cache& cache) {
  if (request.method != Method::Get) return NoStoreReason::Method;
  if (request.cache_control.no_store) return NoStoreReason::RequestNoStore;
  const bool as_it_came = request.range && !request.conditional && !request.cookie &&
                          bypass_reason(request, &cache) == BypassReason::None;
  if (!as_it_came) return NoStoreReason::PartialContent;
  if (response.status != 200 && response.status != 206) return NoStoreReason::Status;
  return reason_but_for_status(request, response, cache);
}

HeadEffect effect_of_head(const RequestFacts& request, const ResponseFacts& head, FieldSpan stored,
                          const config::Cache& cache) {
  if (request.cookie || request.authorization) return HeadEffect::None;
  const HeadEffect effect = head_effect(stored, head.status, head.fields);
  if (effect != HeadEffect::Update) return effect;
  RequestFacts get = request;
  get.method = Method::Get;
  const OwnedFields merged = merge_not_modified(stored, head.fields);
  const std::vector<Field> fields = views(merged);
  const bool storable =
      may_store(get, response_facts(head.status, fields), cache) == NoStoreReason::None;
  return storable ? HeadEffect::Update : HeadEffect::Stale;
}

NoStoreReason may_store_post(const RequestFacts& request, const ResponseFacts& response,
                             const config::Cache& cache) {
  if (request.method != Method::Post || response.status != 200) return NoStoreReason::Method;
  if (!has_explicit_freshness(response)) return NoStoreReason::NoFreshness;
  RequestFacts get = request;
  get.method = Method::Get;
  get.has_body = false;
  // What a GET of the same words would not look up is not stored for it; and a POST takes all its
  // cookies to the origin, whatever the route does with those of a GET.
  if (request.cookie || bypass_reason(get, &cache) != BypassReason::None)
    return NoStoreReason::Method;
  return may_store(get, response, cache);
}

StoredFacts stored_facts(const ResponseFacts& response, const config::Cache& cache,
                         ExchangeTimes times, double chance) {
  const auto& cc = response.cache_control;
  const auto fresh = freshness(response, cache, times.received);
  const double share = chance * static_cast<double>(std::min(cache.jitter_percent, 100U)) / 100.0;
  const auto jitter =
      Millis{static_cast<Millis::rep>(static_cast<double>(fresh.lifetime.count()) * share)};
  StoredFacts out;
  out.status = response.status;
  out.born = times.received;
  out.initial_age = corrected_initial_age(response, times);
  out.lifetime = fresh.lifetime - jitter;
  out.stale_while_revalidate =
      cache.stale_while_revalidate.value_or(Seconds{cc.stale_while_revalidate.value_or(0)});
  out.stale_if_error = cache.stale_if_error.value_or(Seconds{cc.stale_if_error.value_or(0)});
  out.grace = cache.grace;
  // s-maxage means proxy-revalidate (§5.2.2.10) where it is what the lifetime was taken from.
  const bool s_maxage = cc.s_maxage && fresh.source == FreshnessSource::SMaxage;
  out.must_revalidate = cc.must_revalidate || cc.proxy_revalidate || s_maxage;
  out.no_cache = cc.no_cache && !cache.ignore_origin.no_cache;
  out.has_validator = has_validator(response);
  out.authorized = shared_despite_authorization(cc);
  return out;
}

bool is_withheld(const ResponseCacheControl& cache_control, const config::IgnoreOrigin& ignore,
                 std::string_view name) noexcept {
  const auto listed = [name](const std::vector<std::string>& names) {
    return std::any_of(names.begin(), names.end(),
                       [name](const std::string& one) { return ascii::iequals(one, name); });
  };
  return (!ignore.private_ && listed(cache_control.private_fields)) ||
         (!ignore.no_cache && listed(cache_control.no_cache_fields));
}

}  // namespace wf::policy
