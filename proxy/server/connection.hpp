// One client's connection: requests in, answers out, in order.
#pragma once

#include <optional>

#include "proxy/net/stream.hpp"
#include "proxy/server/caller.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

/// Serves until the client leaves, a limit is reached, or the worker drains. `entrance` is the
/// listener that it came through, `peer` the address of the socket's other end.
[[nodiscard]] net::Task<void> serve_connection(Worker& worker, const Entrance& entrance,
                                               net::Socket socket,
                                               std::optional<message::IpAddress> peer);

}  // namespace wf::server
