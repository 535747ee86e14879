#include "proxy/policy/freshness.hpp"

#include <algorithm>

namespace wf::policy {
namespace {

Millis millis(DeltaSeconds seconds) noexcept { return Seconds{seconds}; }

Freshness explicit_freshness(const ResponseFacts& response, UnixTime date) noexcept {
  const auto& cc = response.cache_control;
  if (cc.s_maxage) return {FreshnessSource::SMaxage, millis(*cc.s_maxage)};
  if (cc.max_age) return {FreshnessSource::MaxAge, millis(*cc.max_age)};
  const auto lifetime = response.expires ? *response.expires - date : Millis{0};
  return {FreshnessSource::Expires, std::max(lifetime, Millis{0})};
}

// RFC 9111 §4.2.2. Without a Last-Modified there is nothing to guess from.
Freshness heuristic_freshness(const ResponseFacts& response, UnixTime date) noexcept {
  const bool allowed =
      is_heuristically_cacheable(response.status) || response.cache_control.public_;
  if (!allowed || !response.last_modified) return {};
  const auto lifetime = (date - *response.last_modified) / 10;
  return {FreshnessSource::Heuristic, std::clamp(lifetime, Millis{0}, kMaxHeuristic)};
}

Freshness unbounded_freshness(const ResponseFacts& response, const config::Cache& cache,
                              UnixTime received) noexcept {
  const auto date = response.date.value_or(received);
  const bool routed = takes_route_ttl(response.status);
  if (routed && cache.ttl_override) return {FreshnessSource::TtlOverride, *cache.ttl_override};
  if (has_explicit_freshness(response)) return explicit_freshness(response, date);
  const auto negative = cache.negative.find(response.status);
  if (negative != cache.negative.end()) return {FreshnessSource::Negative, negative->second};
  if (routed && cache.ttl) return {FreshnessSource::RouteTtl, *cache.ttl};
  return heuristic_freshness(response, date);
}

}  // namespace

std::string_view to_string(FreshnessSource source) noexcept {
  switch (source) {
    case FreshnessSource::None:
      return "none";
    case FreshnessSource::TtlOverride:
      return "ttl_override";
    case FreshnessSource::SMaxage:
      return "s-maxage";
    case FreshnessSource::MaxAge:
      return "max-age";
    case FreshnessSource::Expires:
      return "expires";
    case FreshnessSource::Negative:
      return "negative";
    case FreshnessSource::RouteTtl:
      return "ttl";
    case FreshnessSource::Heuristic:
      return "heuristic";
  }
  return "?";
}

bool is_heuristically_cacheable(unsigned status) noexcept {
  switch (status) {
    case 200:
    case 203:
    case 204:
    case 206:
    case 300:
    case 301:
    case 308:
    case 404:
    case 405:
    case 410:
    case 414:
    case 501:
      return true;
    default:
      return false;
  }
}

bool is_understood(unsigned status) noexcept {
  const auto between = [status](unsigned first, unsigned last) {
    return status >= first && status <= last;
  };
  // RFC 9110 §15; 306, 402 and 418 are registered as reserved or unused.
  return between(200, 206) || between(300, 303) || status == 307 || status == 308 ||
         (between(400, 417) && status != 402) || between(421, 422) || status == 426 ||
         between(500, 505);
}

bool takes_route_ttl(unsigned status) noexcept {
  return status == 200 || status == 203 || status == 204 || status == 206 || status == 301 ||
         status == 308;
}

bool has_explicit_freshness(const ResponseFacts& response) noexcept {
  const auto& cc = response.cache_control;
  return cc.s_maxage || cc.max_age || (response.has_expires && !cc.targeted);
}

Freshness freshness(const ResponseFacts& response, const config::Cache& cache,
                    UnixTime received) noexcept {
  auto out = unbounded_freshness(response, cache, received);
  if (out.source == FreshnessSource::None) return out;
  if (cache.min_ttl && takes_route_ttl(response.status)) {
    out.lifetime = std::max<Millis>(out.lifetime, *cache.min_ttl);
  }
  if (cache.max_ttl) out.lifetime = std::min<Millis>(out.lifetime, *cache.max_ttl);
  return out;
}

Millis corrected_initial_age(const ResponseFacts& response, ExchangeTimes times) noexcept {
  const auto apparent = times.received - response.date.value_or(times.received);
  const auto delay = std::max(times.received - times.requested, Millis{0});
  const auto corrected = millis(response.age_seconds.value_or(0)) + delay;
  return std::max(apparent, corrected);
}

Millis current_age(const StoredFacts& stored, UnixTime now) noexcept {
  return stored.initial_age + std::max(now - stored.born, Millis{0});
}

}  // namespace wf::policy
