// An exchange that takes no part in caching: request and answer stream through.
#pragma once

#include <optional>

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
  /// Of a key known as uncacheable (hit-for-miss): what was found in the slot. The origin is asked
  /// as for a fill, and an answer that may be stored after all becomes one.
  std::optional<cache::EntityId> marked{};
};

/// Answers the client in any case, unless it left. Upload and download run at the same time; a
/// successful unsafe method invalidates before its answer goes on (RFC 9111 §4.4).
[[nodiscard]] net::Task<void> pass_through(Worker& worker, const Request& request, Client& client,
                                           PassReason reason);

}  // namespace wf::server
