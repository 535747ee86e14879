// An exchange that takes no part in caching: request and answer stream through.
#pragma once

#include "proxy/policy/outcome.hpp"
#include "proxy/server/exchange.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

/// Why, as the log and Cache-Status say it.
struct PassReason {
  policy::Outcome outcome = policy::Outcome::Bypass;
  policy::ForwardReason forward = policy::ForwardReason::Bypass;
  std::string_view detail;  ///< static text
  /// What is stored for a HEAD, which may freshen it; the caller's.
  const cache::RecordPtr* stored = nullptr;
};

/// Answers the client in any case, unless it left. Upload and download run at the same time; a
/// successful unsafe method invalidates before its answer goes on (RFC 9111 §4.4).
[[nodiscard]] net::Task<void> pass_through(Worker& worker, const Request& request, Client& client,
                                           PassReason reason);

}  // namespace wf::server
