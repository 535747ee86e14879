// The admin listener's socket: one, which nobody else shares.
#pragma once

#include <cstdint>
#include <string>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include "config/types.hpp"
#include "proxy/net/stream.hpp"

namespace wf::admin {

using AdminSocket =
    boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol, net::Executor>;

/// Binds and listens. Throws std::runtime_error that names the address.
[[nodiscard]] AdminSocket listen_on(net::Executor executor, const config::Address& address);

/// The TCP port that it got; 0 for a unix socket.
[[nodiscard]] std::uint16_t port_of(const AdminSocket& socket);

/// "192.0.2.1"; empty for a unix socket.
[[nodiscard]] std::string address_of_peer(const net::Socket& socket);

}  // namespace wf::admin
