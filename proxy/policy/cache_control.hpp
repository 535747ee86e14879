// Cache-Control as values (RFC 9111 §5.2, RFC 5861, RFC 8246).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proxy/base/fields.hpp"

namespace wf::policy {

/// delta-seconds; a value too large is 2^31 (RFC 9111 §1.2.2). A malformed one counts as 0: stale.
using DeltaSeconds = std::int64_t;

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
  bool no_cache = false;       // without field list
  bool private_ = false;       // without field list
  bool public_ = false;
  bool must_revalidate = false;
  bool proxy_revalidate = false;
  bool must_understand = false;
  bool immutable = false;
  std::vector<std::string> no_cache_fields;  // lower-case; not to be reused without validation
  std::vector<std::string> private_fields;   // lower-case; not to be stored
  bool present = false;                      // the field was there at all
};

/// From all Cache-Control fields; Pragma: no-cache counts where there is none (§5.4).
[[nodiscard]] RequestCacheControl parse_request_cache_control(FieldSpan fields);
[[nodiscard]] ResponseCacheControl parse_response_cache_control(FieldSpan fields);

}  // namespace wf::policy
