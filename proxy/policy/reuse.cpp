#include "proxy/policy/reuse.hpp"

#include <algorithm>

#include "proxy/policy/freshness.hpp"

namespace wf::policy {
namespace {

bool within(Millis staleness, std::optional<DeltaSeconds> bound) noexcept {
  return bound && staleness <= Millis{Seconds{*bound}};
}

// A request with no-store wants nothing kept of it; we also read it as "not from your cache"
// (§5.2.1.5 leaves it open). max-age=0 means end-to-end even in the millisecond of storing.
bool asks_for_origin(const RequestCacheControl& cc) noexcept {
  return cc.no_cache || cc.no_store || cc.max_age == 0;
}

bool acceptable(const Judgement& judged, const RequestCacheControl& cc) noexcept {
  if (cc.max_age && judged.age > Millis{Seconds{*cc.max_age}}) return false;
  return !cc.min_fresh || judged.remaining >= Millis{Seconds{*cc.min_fresh}};
}

Reuse judge_stale(const StoredFacts& stored, const RequestCacheControl& cc,
                  Millis staleness) noexcept {
  // With max-age and no max-stale a client does not take anything stale (§5.2.1.1).
  const bool refused = stored.must_revalidate || (cc.max_age && !cc.max_stale);
  if (refused) return Reuse::Validate;
  const bool window = stored.stale_while_revalidate > Millis{0};
  if (window && staleness <= stored.stale_while_revalidate) return Reuse::StaleWhileRevalidate;
  return within(staleness, cc.max_stale) ? Reuse::StaleAllowed : Reuse::Validate;
}

Reuse judge_reuse(const StoredFacts& stored, const RequestFacts& request,
                  const Judgement& judged) noexcept {
  const auto& cc = request.cache_control;
  if (stored.no_cache || asks_for_origin(cc)) return Reuse::Validate;
  if (request.authorization && !stored.authorized) return Reuse::Validate;
  if (!acceptable(judged, cc)) return Reuse::Validate;
  return judged.remaining > Millis{0} ? Reuse::Fresh : judge_stale(stored, cc, -judged.remaining);
}

}  // namespace

std::string_view to_string(Reuse reuse) noexcept {
  switch (reuse) {
    case Reuse::Fresh:
      return "fresh";
    case Reuse::StaleAllowed:
      return "stale-allowed";
    case Reuse::StaleWhileRevalidate:
      return "stale-while-revalidate";
    case Reuse::Validate:
      return "validate";
    case Reuse::GatewayTimeout:
      return "gateway-timeout";
  }
  return "?";
}

Judgement judge(const StoredFacts& stored, const RequestFacts& request, UnixTime now) noexcept {
  Judgement out;
  out.age = current_age(stored, now);
  out.remaining = stored.lifetime - out.age;
  out.reuse = judge_reuse(stored, request, out);
  if (out.reuse == Reuse::Validate && !may_forward(request)) out.reuse = Reuse::GatewayTimeout;
  return out;
}

StoredFacts stale_since(StoredFacts stored, UnixTime since, UnixTime now) noexcept {
  // The purge has Redis' time, which may be some milliseconds ahead of ours.
  const Millis until = current_age(stored, std::min(since, now));
  stored.lifetime = std::min(stored.lifetime, until);
  return stored;
}

bool refresh_early(const Judgement& judged, Millis lifetime, unsigned percent) noexcept {
  return judged.reuse == Reuse::Fresh &&
         judged.remaining.count() * 100 < lifetime.count() * percent;
}

bool may_forward(const RequestFacts& request) noexcept {
  return !request.cache_control.only_if_cached;
}

bool is_origin_error(unsigned status) noexcept {
  return status == 500 || status == 502 || status == 503 || status == 504;
}

bool may_serve_on_error(const StoredFacts& stored, const RequestFacts& request,
                        UnixTime now) noexcept {
  const auto& cc = request.cache_control;
  const auto staleness = current_age(stored, now) - stored.lifetime;
  if (stored.no_cache || cc.no_cache || cc.no_store) return false;
  if (request.authorization && !stored.authorized) return false;
  if (staleness < Millis{0}) return true;
  if (stored.must_revalidate) return false;
  const bool window = stored.stale_if_error > Millis{0} && staleness <= stored.stale_if_error;
  return window || within(staleness, cc.stale_if_error) || within(staleness, cc.max_stale);
}

Millis keep_for(const StoredFacts& stored, UnixTime now) noexcept {
  const bool never_stale = stored.must_revalidate || stored.no_cache;
  if (stored.no_cache && !stored.has_validator) return Millis{0};
  const auto expiry = stored.born + (stored.lifetime - stored.initial_age);
  const auto windows =
      never_stale ? Millis{0} : std::max(stored.stale_while_revalidate, stored.stale_if_error);
  auto retention = Millis{0};
  if (stored.has_validator) {
    retention = std::clamp(stored.lifetime, kMinRetention, kMaxRetention);
  } else if (!never_stale && stored.lifetime > Millis{0}) {
    retention = kStaleRetention;
  }
  const auto end =
      std::max(expiry + windows, std::max(expiry, stored.born) + std::max(retention, stored.grace));
  return std::max(end - now, Millis{0});
}

}  // namespace wf::policy
