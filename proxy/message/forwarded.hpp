// Who the client is, where our own load balancers and proxies stand between.
#pragma once

#include <optional>
#include <span>

#include "proxy/base/fields.hpp"
#include "proxy/message/ip_address.hpp"

namespace wf::message {

/// The rightmost address of X-Forwarded-For that is not one of the `trusted`; of Forwarded's `for`
/// (RFC 7239 §5.2) where there is no X-Forwarded-For. Nothing if the fields name nobody. What
/// stands left of something that is no address (unknown, _hidden, nonsense) was written by whom
/// nobody vouches for: then it is the last trusted one that was read. For fields that a trusted
/// peer sent.
[[nodiscard]] std::optional<IpAddress> client_behind(FieldSpan fields,
                                                     std::span<const config::Network> trusted);

}  // namespace wf::message
