// After a 101 both connections belong to the upgraded protocol (RFC 9110 §7.8).
#pragma once

#include "proxy/server/exchange.hpp"
#include "proxy/server/worker.hpp"
#include "proxy/upstream/exchange.hpp"

namespace wf::server {

/// Relays the 101 and then bytes both ways until one side ends or neither has sent anything for the
/// client's idle timeout.
[[nodiscard]] net::Task<Result<void>> run_tunnel(Worker& worker, Client& client,
                                                 upstream::Exchange& exchange,
                                                 const message::ResponseHead& head);

}  // namespace wf::server
