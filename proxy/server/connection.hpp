// One client's connection: requests in, answers out, in order.
#pragma once

#include <string>

#include "proxy/net/stream.hpp"
#include "proxy/server/desk.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

/// Serves until the client leaves, a limit is reached, or the worker drains. `desks` are those of
/// the listener that it came through.
[[nodiscard]] net::Task<void> serve_connection(Worker& worker, DeskStock& desks, net::Socket socket,
                                               std::string client);

}  // namespace wf::server
