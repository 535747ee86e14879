// May a response be stored, and for how long is it fresh? (RFC 9111 §3, §4.2; design §4)
#pragma once

#include "config/types.hpp"
#include "proxy/policy/facts.hpp"
#include "proxy/policy/freshness.hpp"
#include "proxy/policy/validation.hpp"

namespace wf::policy {

/// Why a request is not looked up in the cache. None: it is.
enum class BypassReason : std::uint8_t {
  None,
  NoCacheRule,    ///< the route has no `cache`
  Method,         ///< not GET, HEAD or QUERY
  Body,           ///< a GET with a body
  Cookie,         ///< `cookies: bypass` and a Cookie came
  Authorization,  ///< RFC 9111 §3.5 (may still be looked up: then not returned here)
  Range,          ///< for the caller: what it cannot answer from the cache (never returned here)
  Upgrade,
  OriginPrecondition,  ///< If-Match, If-Unmodified-Since: for the origin alone (RFC 9111 §4.3.2)
};
[[nodiscard]] std::string_view to_string(BypassReason reason) noexcept;

/// Whether a request takes part in caching at all. `cache` is null for a route without rules.
[[nodiscard]] BypassReason bypass_reason(const RequestFacts& request,
                                         const config::Cache* cache) noexcept;

/// Why a response is not stored. None: it is. The names are shown in logs and by `explain`.
/// SelfRedirect, TooLarge, Truncated, CloseDelimited and Tags are found by those who see target and
/// body.
enum class NoStoreReason : std::uint8_t {
  None,
  RequestNoStore,
  Method,
  Status,
  StatusNotUnderstood,
  NoStore,
  Private,
  Authorization,
  SetCookie,
  VaryStar,
  VaryTooMany,
  VaryMalformed,
  NoFreshness,
  PartialContent,
  SelfRedirect,
  TooLarge,
  Truncated,
  CloseDelimited,
  Tags,  ///< too many, or too long: no purge could find it
};
[[nodiscard]] std::string_view to_string(NoStoreReason reason) noexcept;

/// RFC 9111 §3, RFC 10008 §2.7. For GET and QUERY: the answer to a HEAD has no body (see
/// head_effect in validation).
[[nodiscard]] NoStoreReason may_store(const RequestFacts& request, const ResponseFacts& response,
                                      const config::Cache& cache);

/// The same for a GET with Range that was passed on as it came, and brought the whole or a part,
/// which is stored as an incomplete 200 is (§3.3; see extent_of_part in partial). Nothing is stored
/// where conditions shaped the answer (RFC 9110 §15.3.7: a 206 to If-Range leaves fields out), or
/// where Cookie, which went on with it, may have made it one client's own.
[[nodiscard]] NoStoreReason may_store_ranged(const RequestFacts& request,
                                             const ResponseFacts& response,
                                             const config::Cache& cache);

/// What a HEAD does to the stored answer to GET (RFC 9111 §4.3.5). Nothing where its Cookie or
/// Authorization, which go on with a HEAD, may have made the answer one client's own; and what may
/// not be stored makes stale. See head_effect in validation.
[[nodiscard]] HeadEffect effect_of_head(const RequestFacts& request, const ResponseFacts& head,
                                        FieldSpan stored, const config::Cache& cache);

/// Whether the answer to a POST may be stored as that of later GETs: it says for how long, and its
/// Content-Location is the target itself (RFC 9110 §9.3.3). `request` is the POST.
[[nodiscard]] NoStoreReason may_store_post(const RequestFacts& request,
                                           const ResponseFacts& response,
                                           const config::Cache& cache);

/// Everything that reuse needs to know later. `chance` in [0,1) is used for jitter.
[[nodiscard]] StoredFacts stored_facts(const ResponseFacts& response, const config::Cache& cache,
                                       ExchangeTimes times, double chance);

/// Whether the response names this field in `private="…"` or `no-cache="…"`: a shared cache keeps
/// the rest of the response without it (§5.2.2.4, §5.2.2.7). `name` in any case.
[[nodiscard]] bool is_withheld(const ResponseCacheControl& cache_control,
                               const config::IgnoreOrigin& ignore, std::string_view name) noexcept;

}  // namespace wf::policy
