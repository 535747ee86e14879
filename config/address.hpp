// Addresses: where to listen, where an origin is, where Redis is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/parsed.hpp"
#include "config/types.hpp"

namespace wf::config {

/// `host:port`, `[::1]:port` or `unix:/path`. Port 0 is allowed: the kernel chooses.
[[nodiscard]] Parsed<Address> parse_listen_address(std::string_view text);

/// `http://host[:port]` or `unix:/path`. The port is 80 where none is given; other schemes, user
/// information, paths and queries are refused, each with its reason.
[[nodiscard]] Parsed<Address> parse_server_url(std::string_view text);

/// A host without brackets, lower-case, and a port.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
/// `host[:port]` or `[IPv6][:port]`. `default_port` is for a port that is not written; without it
/// the port must be there.
[[nodiscard]] Parsed<HostPort> parse_host_port(std::string_view text,
                                               std::optional<std::uint16_t> default_port);

/// An absolute path that fits into a sockaddr_un.
[[nodiscard]] Parsed<std::string> parse_socket_path(std::string_view text);

/// `host:port`, `[host]:port` or `unix:/path`, as it was read.
[[nodiscard]] std::string to_text(const Address& address);

}  // namespace wf::config
