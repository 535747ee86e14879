// What the caching rules need to know of a request or a response, parsed once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/base/clock.hpp"
#include "proxy/base/fields.hpp"
#include "proxy/policy/cache_control.hpp"

namespace wf::policy {

enum class Method : std::uint8_t {
  Get,
  Head,
  Post,
  Put,
  Delete,
  Patch,
  Options,
  Query,
  Connect,
  Trace,
  Purge,
  Other
};
[[nodiscard]] Method parse_method(std::string_view text) noexcept;  // case-sensitive, RFC 9110 §9.1
[[nodiscard]] std::string_view to_string(Method method) noexcept;
/// GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS: what is taken without being named (F8).
[[nodiscard]] bool is_usual(Method method) noexcept;
/// RFC 9110 §9.2.1.
[[nodiscard]] bool is_safe(Method method) noexcept;
/// RFC 9110 §9.2.2.
[[nodiscard]] bool is_idempotent(Method method) noexcept;

/// Views into the request's buffer; valid as long as it is.
struct RequestFacts {
  Method method = Method::Other;
  FieldSpan fields;
  RequestCacheControl cache_control;  // Pragma: no-cache counts where Cache-Control is absent
  bool has_body = false;
  bool authorization = false;
  bool cookie = false;
  bool range = false;
  bool conditional = false;  // any If-* field
  bool upgrade = false;
  bool for_origin = false;  // If-Match or If-Unmodified-Since: only an origin may judge it
};
/// One pass; allocates nothing.
[[nodiscard]] RequestFacts request_facts(Method method, FieldSpan fields, bool has_body);

/// Views into the response's buffer.
struct ResponseFacts {
  unsigned status = 0;
  FieldSpan fields;
  ResponseCacheControl cache_control;  // the one that counts for us: targeted, else general
  std::optional<UnixTime> date;        // absent or malformed: the moment of reception counts
  std::optional<UnixTime> expires;     // the earliest; nothing if one is malformed
  bool has_expires = false;            // with no `expires`: malformed, so expired (§5.3)
  std::optional<UnixTime> last_modified;
  std::optional<std::int64_t> age_seconds;  // RFC 9111 §5.1, malformed forms decided there
  std::string_view etag;                    // empty: none
  bool set_cookie = false;
};
/// A recipient adds a Date to a response that has none (RFC 9110 §6.6.1): do so before this.
[[nodiscard]] ResponseFacts response_facts(unsigned status, FieldSpan fields);
/// The first member of the Age list, saturated at 2^31; a malformed one is ignored (§5.1, a
/// SHOULD). Parameters, which Age does not have, are cut off: who says "7200;a=b" speaks of an old
/// response, and to take it for a new one would err on the wrong side.
[[nodiscard]] std::optional<DeltaSeconds> parse_age(FieldSpan fields) noexcept;

/// What is remembered of a stored response for judging its reuse: computed once, when it is stored,
/// so that a hit is arithmetic on integers. Times are fleet time.
struct StoredFacts {
  unsigned status = 200;
  bool must_revalidate = false;  ///< must-revalidate, proxy-revalidate or s-maxage: never stale
  bool no_cache = false;         ///< every use needs validation
  bool has_validator = false;    ///< ETag or Last-Modified
  bool authorized = false;       ///< may answer a request with Authorization, §3.5
  UnixTime born{};               ///< the moment to which initial_age refers
  Millis initial_age{0};         ///< corrected_initial_age, RFC 9111 §4.2.3
  Millis lifetime{0};            ///< freshness_lifetime, §4.2.1, after route rules and jitter
  Millis stale_while_revalidate{0};
  Millis stale_if_error{0};
  Millis grace{0};  ///< kept, for revalidation only
  bool operator==(const StoredFacts&) const = default;
};

}  // namespace wf::policy
