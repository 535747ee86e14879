// The content of a QUERY: part of what its answer is stored under (RFC 10008 §2.7).
#pragma once

#include "proxy/server/exchange.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

/// A QUERY with more content than this is passed on and takes no part in caching.
inline constexpr std::size_t kMaxQueryContent = 65536;

/// Reads the content of a QUERY on a route that caches, so that the request can be keyed on it.
/// False: it was passed on, or refused, and is answered.
[[nodiscard]] net::Task<bool> read_content(Worker& worker, Request& request, Client& client);

}  // namespace wf::server
