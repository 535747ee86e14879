// What a successful unsafe request makes invalid, everywhere (RFC 9111 §4.4; design §7).
#pragma once

#include "proxy/policy/invalidation.hpp"
#include "proxy/server/exchange.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

/// The request's URI as references in its answer are resolved against it.
[[nodiscard]] policy::RequestUri request_uri(const Request& request);

/// How long a purge may wait for the fleet.
[[nodiscard]] Millis coherence_timeout(const Worker& worker);

/// Purges the target, what Location and Content-Location name, and the route's own list. Returns
/// when the purge does, which is before the answer goes on. The field that tells the client where
/// the promise does not hold ("Warmfront-Invalidation: pending\r\n"); else empty.
[[nodiscard]] net::Task<std::string_view> invalidate_after(Worker& worker, const Request& request,
                                                           unsigned status, FieldSpan response);

}  // namespace wf::server
