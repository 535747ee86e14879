// How an exchange ended: one word for the Cache-Status field, the metrics and the access log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/types.hpp"

namespace wf::policy {

enum class Outcome : std::uint8_t {
  HitFresh,
  HitStale,         ///< stale and allowed: max-stale or stale-while-revalidate
  HitStaleOnError,  ///< stale because the origin failed
  Revalidated,      ///< the origin said 304
  Miss,
  Followed,      ///< read along with another request's fill
  HitForMiss,    ///< remembered as not shareable, so not collapsed
  Bypass,        ///< took no part in caching
  OnlyIfCached,  ///< 504 to only-if-cached
  Refused,       ///< by a rule of the front
  NoRoute,
  Tunnel,  ///< upgraded
  ClientGone,
  UpstreamError,
  UpstreamTimeout,
  Overloaded,   ///< a limit of our own: 503
  RateLimited,  ///< the client's address asks too often: 429
  InternalError,
};
/// "hit", "hit-stale", …: lower-case words with hyphens.
[[nodiscard]] std::string_view to_string(Outcome outcome) noexcept;
[[nodiscard]] bool is_hit(Outcome outcome) noexcept;

/// Why the request went to the origin (RFC 9211 §2.2).
enum class ForwardReason : std::uint8_t {
  None,
  Bypass,
  Method,
  UriMiss,
  VaryMiss,
  Miss,
  Request,
  Stale,
  Partial
};
[[nodiscard]] std::string_view to_string(ForwardReason reason) noexcept;

struct CacheStatusParts {
  std::string_view cache{};  ///< our name: config::Config::via
  bool hit = false;
  ForwardReason fwd = ForwardReason::None;  ///< not written for a hit (RFC 9211 §2.2)
  unsigned fwd_status = 0;                  ///< 0: not forwarded, or the same as the answer's
  std::optional<std::int64_t> ttl{};        ///< seconds of freshness left, negative when stale
  bool stored = false;
  bool collapsed = false;
  std::string_view key{};     ///< readable form; empty: none
  std::string_view detail{};  ///< a word of our own; empty: none
};

/// Appends one member of the Cache-Status list (RFC 9211). Brief writes `hit` or `fwd` alone, Off
/// nothing. Bytes that a structured-field string cannot hold are written as '?'.
void append_cache_status(std::string& out, const CacheStatusParts& parts,
                         config::CacheStatusDetail detail);

}  // namespace wf::policy
