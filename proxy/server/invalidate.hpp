// What a successful unsafe request makes invalid, everywhere (RFC 9111 §4.4; design §7).
#pragma once

#include "proxy/policy/invalidation.hpp"
#include "proxy/server/exchange.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

/// The request's URI as references in its answer are resolved against it.
[[nodiscard]] policy::RequestUri request_uri(const Request& request);

/// How long a purge may wait for the fleet.
[[nodiscard]] Millis coherence_timeout(const config::Config& config);

/// What templates and RFC 9111 §4.4 look at. Views.
struct WriteAnswer {
  unsigned status = 0;
  FieldSpan fields{};
  std::string_view request_body{};  ///< empty: not looked into
  std::string_view body{};          ///< the same
};

/// Purges the target, what Location and Content-Location name, the groups of
/// Cache-Group-Invalidation (RFC 9875 §3), and what the route's templates name. Returns when the
/// purge has, as the route's `wait` says. The field that tells the client where the promise does
/// not hold ("Warmfront-Invalidation: pending\r\n"); else empty.
[[nodiscard]] net::Task<std::string_view> invalidate_after(Worker& worker, const Request& request,
                                                           WriteAnswer answer);

}  // namespace wf::server
