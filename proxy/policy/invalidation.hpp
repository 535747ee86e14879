// What a successful unsafe request makes invalid (RFC 9111 §4.4).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/types.hpp"
#include "proxy/base/fields.hpp"
#include "proxy/policy/facts.hpp"

namespace wf::policy {

/// The request's URI: canonical parts.
struct RequestUri {
  std::string_view scheme{};
  std::string_view host{};  ///< with port, unless the scheme implies it
  std::string_view path{};
  std::string_view query{};
  bool has_query = false;
};

/// A resource of the request's own origin.
struct InvalidUri {
  std::string path;   ///< canonical
  std::string query;  ///< without '?'; before the rule of the route that takes the path
  bool has_query = false;
  bool operator==(const InvalidUri&) const = default;
};

/// Whether the exchange invalidates at all: a method not known to be safe and a 2xx or 3xx status.
[[nodiscard]] bool invalidates(Method method, unsigned status) noexcept;

/// Whether a reference (Content-Location) is the request's own target (RFC 9110 §8.7); an empty one
/// is none.
[[nodiscard]] bool names_target(const RequestUri& request, std::string_view reference);

/// A redirection whose Location has the key of the target itself (SEC-23): what an origin sends
/// that believes an unkeyed field about scheme or host. Stored, it would send everybody in circles.
/// `request` is as it is keyed, after `rule`.
[[nodiscard]] bool redirects_to_itself(const RequestUri& request, const config::QueryRule& rule,
                                       unsigned status, FieldSpan response);

/// The target, then Location and Content-Location resolved against it (RFC 3986 §5) where they are
/// of the same origin (SEC-13); without repetition. Malformed references are passed over. Call only
/// where invalidates() says so.
[[nodiscard]] std::vector<InvalidUri> invalidated_uris(const RequestUri& request,
                                                       FieldSpan response);

}  // namespace wf::policy
