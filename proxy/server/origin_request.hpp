// What an origin is asked, rebuilt from the parsed request: no received byte is copied blindly.
#pragma once

#include <string>

#include "proxy/policy/forward.hpp"
#include "proxy/server/exchange.hpp"
#include "proxy/server/shared.hpp"
#include "proxy/upstream/exchange.hpp"

namespace wf::server {

/// `conditions`: fields of a revalidation, else empty.
[[nodiscard]] upstream::OutgoingRequest make_origin_request(const Shared& shared,
                                                            const Request& request,
                                                            const Asker& asker,
                                                            policy::Purpose purpose,
                                                            const OwnedFields& conditions);

/// The head of an answer on its way to clients: status line, the fields that pass, Date if the
/// origin sent none (RFC 9110 §6.6.1), Via. Without framing, and without the empty line.
[[nodiscard]] std::string make_answer_head(unsigned status, FieldSpan passing, std::string_view via,
                                           UnixTime now);

/// The length of an answer's body where the head says it: for HEAD that of the body that a GET
/// would have brought.
[[nodiscard]] std::optional<std::uint64_t> body_length(const message::ResponseHead& head);

/// What of an answer's fields clients of the route may see.
[[nodiscard]] policy::ResponseForwarding forwarding_of(const config::Route& route);

}  // namespace wf::server
