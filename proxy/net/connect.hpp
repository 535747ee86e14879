// Names to addresses, addresses to streams.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "config/types.hpp"
#include "proxy/base/error.hpp"
#include "proxy/net/stream.hpp"

namespace wf::net {

using Endpoint = asio::generic::stream_protocol::endpoint;

/// All addresses of a host, in the resolver's order; literals and unix paths need no look-up.
/// The look-up itself runs on Asio's resolver thread.
[[nodiscard]] Task<Result<std::vector<Endpoint>>> resolve(config::Address address, Side side);

/// A new connection with TCP_NODELAY. Timeout when `timeout` passes first. The stream's deadline is
/// off on return. Errors are Retry::Safe: nothing was sent.
[[nodiscard]] Task<Result<std::unique_ptr<Stream>>> connect(Endpoint endpoint, milliseconds timeout,
                                                            DeadlineList& deadlines, Side side);

/// "127.0.0.1:80", "[::1]:80" or "unix:/path".
[[nodiscard]] std::string to_string(const Endpoint& endpoint);
[[nodiscard]] std::string to_string(const config::Address& address);

}  // namespace wf::net
