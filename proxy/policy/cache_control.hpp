// Cache-Control as values (RFC 9111 §5.2, RFC 5861, RFC 8246).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/fields.hpp"

namespace wf::policy {

/// delta-seconds; a value too large is 2^31 (RFC 9111 §1.2.2). A malformed one counts as 0: stale.
using DeltaSeconds = std::int64_t;
inline constexpr DeltaSeconds kMaxDeltaSeconds = 2'147'483'648;

/// Digits only (leading zeros allowed); too large saturates; anything else is nothing.
[[nodiscard]] std::optional<DeltaSeconds> parse_delta_seconds(std::string_view text) noexcept;

struct RequestCacheControl {
  std::optional<DeltaSeconds> max_age;
  std::optional<DeltaSeconds> min_fresh;
  std::optional<DeltaSeconds> max_stale;  // without argument: no bound
  std::optional<DeltaSeconds> stale_if_error;
  bool no_cache = false;
  bool no_store = false;
  bool only_if_cached = false;
};

struct ResponseCacheControl {
  std::optional<DeltaSeconds> max_age;
  std::optional<DeltaSeconds> s_maxage;
  std::optional<DeltaSeconds> stale_while_revalidate;
  std::optional<DeltaSeconds> stale_if_error;
  bool no_store = false;
  bool no_cache = false;  // without field list
  bool private_ = false;  // without field list
  bool public_ = false;
  bool must_revalidate = false;
  bool proxy_revalidate = false;
  bool must_understand = false;
  bool immutable = false;
  std::vector<std::string> no_cache_fields;  // lower-case; not to be reused without validation
  std::vector<std::string> private_fields;   // lower-case; not to be stored
  bool present = false;                      // the field was there at all
  bool targeted = false;  // from a targeted field, so Expires does not count (RFC 9213 §2.2)
};

/// From all Cache-Control fields. Directives given more than once, and directives that conflict,
/// are read in the most restrictive way (RFC 9111 §4.2.1): of two max-age the smaller counts, of
/// two min-fresh the larger. Never allocates. Pragma: no-cache counts where there is none (§5.4).
[[nodiscard]] RequestCacheControl parse_request_cache_control(FieldSpan fields);
[[nodiscard]] ResponseCacheControl parse_response_cache_control(FieldSpan fields);

/// From CDN-Cache-Control, a Structured Fields dictionary (RFC 9213 §2.1, §3.1). Nothing if it is
/// absent, empty, not well-formed, or gives a directive that we know a value of the wrong type:
/// then Cache-Control counts.
[[nodiscard]] std::optional<ResponseCacheControl> parse_targeted_cache_control(FieldSpan fields);

/// Our name in Surrogate-Capability, by which a Surrogate-Control directive may single us out.
inline constexpr std::string_view kSurrogate = "warmfront";

/// From Surrogate-Control, the older way to speak to reverse proxies alone: max-age and no-store,
/// as far as they are for us (W3C Edge Architecture §2.2). Nothing if no directive is: then
/// Cache-Control counts.
[[nodiscard]] std::optional<ResponseCacheControl> parse_surrogate_control(FieldSpan fields);

}  // namespace wf::policy
