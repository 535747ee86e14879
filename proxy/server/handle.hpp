// The walk of one request (design §1).
#pragma once

#include <optional>

#include "proxy/server/exchange.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

/// The request of a head that was read; its query is rewritten into `keys`.
[[nodiscard]] Request read_request(Worker& worker, const message::RequestHead& head, Keys& keys,
                                   std::string_view scheme);

/// What is left of a walk that has to wait; nothing: the request was answered.
using Rest = std::optional<net::Task<void>>;

/// Answers the request, unless the client leaves first. Goes as far as it can without waiting,
/// which for the usual hit is to the end: no coroutine is made for it, and what the kernel did not
/// take at once is left to Responder::send_rest. `request` (to which the
/// content of a QUERY is added) must outlive the rest, which ends when
/// the answer is written, or cannot be; the connection decides what comes next.
[[nodiscard]] Rest handle(Worker& worker, Request& request, Client& client);

}  // namespace wf::server
