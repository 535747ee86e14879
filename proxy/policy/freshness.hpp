// How long is a response fresh, and how old is it? (RFC 9111 §4.2)
#pragma once

#include "config/types.hpp"
#include "proxy/policy/facts.hpp"

namespace wf::policy {

/// The moments of an exchange, in fleet time (RFC 9111 §4.2.3).
struct ExchangeTimes {
  UnixTime requested;
  UnixTime received;
};

/// What a freshness lifetime was taken from.
enum class FreshnessSource : std::uint8_t {
  None,         ///< nothing says how long
  TtlOverride,  ///< the route's ttl_override
  SMaxage,
  MaxAge,
  Expires,
  Negative,   ///< the route names this status
  RouteTtl,   ///< the route's ttl, where the origin says nothing
  Heuristic,  ///< a tenth of the time since Last-Modified
};
[[nodiscard]] std::string_view to_string(FreshnessSource source) noexcept;

struct Freshness {
  FreshnessSource source = FreshnessSource::None;
  Millis lifetime{0};  ///< never negative
};

/// RFC 9110 §15.1: 200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501.
[[nodiscard]] bool is_heuristically_cacheable(unsigned status) noexcept;
/// Final status codes whose caching requirements we know (RFC 9111 §5.2.2.3).
[[nodiscard]] bool is_understood(unsigned status) noexcept;
/// What a route's ttl, ttl_override and min_ttl are for: 200, 203, 204, 206, 301 and 308. A route
/// that says "5 minutes" means its answers, not its errors and not a redirect that may be gone in a
/// moment.
[[nodiscard]] bool takes_route_ttl(unsigned status) noexcept;
/// s-maxage, max-age or Expires, well-formed or not.
[[nodiscard]] bool has_explicit_freshness(const ResponseFacts& response) noexcept;

/// A heuristic lifetime is never longer, whatever Last-Modified says.
inline constexpr Millis kMaxHeuristic = std::chrono::hours{24};

/// freshness_lifetime (§4.2.1) after the route's rules, before jitter. First that applies:
/// ttl_override, s-maxage, max-age, Expires − Date, the negative table, ttl, heuristic (§4.2.2);
/// then min_ttl and max_ttl. `received` stands in for a missing Date.
[[nodiscard]] Freshness freshness(const ResponseFacts& response, const config::Cache& cache,
                                  UnixTime received) noexcept;

/// corrected_initial_age at times.received (§4.2.3).
[[nodiscard]] Millis corrected_initial_age(const ResponseFacts& response,
                                           ExchangeTimes times) noexcept;

/// current_age (§4.2.3). A clock that went back does not make a response younger than it came.
[[nodiscard]] Millis current_age(const StoredFacts& stored, UnixTime now) noexcept;

}  // namespace wf::policy
