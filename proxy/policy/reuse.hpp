// May a stored response answer this request now? (RFC 9111 §4, §5.2.1; RFC 5861)
#pragma once

#include "proxy/policy/facts.hpp"

namespace wf::policy {

enum class Reuse : std::uint8_t {
  Fresh,                 ///< serve it
  StaleAllowed,          ///< stale, but the client's max-stale permits it
  StaleWhileRevalidate,  ///< serve it and start one refresh in the background
  Validate,              ///< ask the origin, conditionally if it has a validator
  GatewayTimeout,        ///< only-if-cached and nothing usable: 504 (§5.2.1.7)
};

[[nodiscard]] std::string_view to_string(Reuse reuse) noexcept;

struct Judgement {
  Reuse reuse = Reuse::Validate;
  Millis age{0};
  Millis remaining{0};  ///< lifetime − age; negative when stale
};

/// `now` is fleet time. Never allocates.
[[nodiscard]] Judgement judge(const StoredFacts& stored, const RequestFacts& request,
                              UnixTime now) noexcept;

/// The same response as a soft purge at `since` leaves it: it is fresh no longer, and the windows
/// in which it may be served stale begin there, unless it was stale before.
[[nodiscard]] StoredFacts stale_since(StoredFacts stored, UnixTime since, UnixTime now) noexcept;

/// Whether a fresh answer is in the last `percent` of its lifetime, where a route may have it
/// refreshed before it is stale. `judged` is the judgement of a stored response of that `lifetime`.
[[nodiscard]] bool refresh_early(const Judgement& judged, Millis lifetime,
                                 unsigned percent) noexcept;

/// What a request without a stored response may do: go to the origin, or 504 (only-if-cached).
[[nodiscard]] bool may_forward(const RequestFacts& request) noexcept;

/// Answers that count as an error of the origin for stale-if-error: 500, 502, 503, 504 (RFC 5861
/// §4).
[[nodiscard]] bool is_origin_error(unsigned status) noexcept;

/// May the stored response be served stale because the origin failed (connection error, or 500,
/// 502, 503, 504)? RFC 9111 §4.2.4, RFC 5861 §4.
[[nodiscard]] bool may_serve_on_error(const StoredFacts& stored, const RequestFacts& request,
                                      UnixTime now) noexcept;

/// How long a store needs to keep the record from `now` on: fresh, stale windows and grace; 0 if it
/// can be of no more use. A record with a validator is kept beyond its freshness for revalidation:
/// as long again as it was fresh, at least kMinRetention, at most kMaxRetention. One without is
/// kept kStaleRetention for clients that accept it stale and for HEAD to freshen it.
[[nodiscard]] Millis keep_for(const StoredFacts& stored, UnixTime now) noexcept;

inline constexpr Millis kMinRetention = std::chrono::hours{1};
inline constexpr Millis kMaxRetention = std::chrono::hours{24};
inline constexpr Millis kStaleRetention = std::chrono::minutes{1};

}  // namespace wf::policy
