// Addresses of clients as values: compared, looked up in ranges, written to logs.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/types.hpp"

namespace wf::message {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  ///< IPv4 as IPv4-mapped IPv6 (RFC 4291 §2.5.5.2)
  auto operator<=>(const IpAddress&) const = default;
};

/// "192.0.2.1" or "2001:db8::1": no port, no brackets, no zone.
[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view text);
/// Four bytes, or sixteen, in network order; anything else is nothing.
[[nodiscard]] std::optional<IpAddress> ip_from_bytes(std::string_view bytes) noexcept;
/// As parse_ip reads it; IPv4-mapped ones as IPv4.
[[nodiscard]] std::string to_text(const IpAddress& address);

[[nodiscard]] bool is_ipv4(const IpAddress& address) noexcept;
[[nodiscard]] bool contains(const config::Network& network, const IpAddress& address) noexcept;
[[nodiscard]] bool contains(std::span<const config::Network> networks,
                            const IpAddress& address) noexcept;

/// Whom limits count: an IPv4 address itself, of an IPv6 address its /64, since who has one address
/// there has all of them.
[[nodiscard]] IpAddress counted_as(IpAddress address) noexcept;

}  // namespace wf::message
