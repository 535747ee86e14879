// May a response be stored, and for how long is it fresh? (RFC 9111 §3, §4.2; design §4)
#pragma once

#include "config/types.hpp"
#include "proxy/policy/facts.hpp"

namespace wf::policy {

/// Why a request is not looked up in the cache. None: it is.
enum class BypassReason : std::uint8_t {
  None,
  NoCacheRule,   ///< the route has no `cache`
  Method,        ///< not GET or HEAD
  Body,          ///< a GET with a body
  Cookie,        ///< `cookies: bypass` and a Cookie came
  Authorization, ///< RFC 9111 §3.5 (may still be looked up: then not returned here)
  Range,         ///< what is not yet answered from the cache
  Upgrade,
};
[[nodiscard]] std::string_view to_string(BypassReason reason) noexcept;

/// Whether a request takes part in caching at all. `cache` is null for a route without rules.
[[nodiscard]] BypassReason bypass_reason(const RequestFacts& request,
                                         const config::Cache* cache) noexcept;

/// Why a response is not stored. None: it is. The names are shown in logs and by `explain`.
enum class NoStoreReason : std::uint8_t {
  None, RequestNoStore, Method, Status, StatusNotUnderstood, NoStore, Private, Authorization,
  SetCookie, VaryStar, VaryTooMany, NoFreshness, PartialContent, SelfRedirect, TooLarge, Truncated,
  CloseDelimited
};
[[nodiscard]] std::string_view to_string(NoStoreReason reason) noexcept;

[[nodiscard]] NoStoreReason may_store(const RequestFacts& request, const ResponseFacts& response,
                                      const config::Cache& cache);

/// The moments of an exchange, in fleet time (RFC 9111 §4.2.3).
struct ExchangeTimes {
  UnixTime requested;
  UnixTime received;
};

/// Everything that reuse needs to know later. `chance` in [0,1) is used for jitter.
[[nodiscard]] StoredFacts stored_facts(const ResponseFacts& response, const config::Cache& cache,
                                       ExchangeTimes times, double chance);

}  // namespace wf::policy
