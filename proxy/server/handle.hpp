// The walk of one request (design §1).
#pragma once

#include "proxy/server/exchange.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

/// Answers the request, unless the client leaves first. Returns when the answer is written, or
/// cannot be; the connection decides what comes next.
[[nodiscard]] net::Task<void> handle(Worker& worker, const message::RequestHead& head,
                                     Client& client);

}  // namespace wf::server
