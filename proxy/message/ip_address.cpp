#include "proxy/message/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace wf::message {

namespace {

constexpr std::size_t kBefore4 = 12;  // bytes before the IPv4 address in a mapped one
constexpr std::size_t kHost6 = 8;     // where the host part of an IPv6 address begins
constexpr std::array<std::uint8_t, kBefore4> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::optional<IpAddress> parse_ip(std::string_view text) {
  // inet_pton wants an end that a view does not have.
  std::array<char, INET6_ADDRSTRLEN> copy{};
  if (text.empty() || text.size() >= copy.size()) return std::nullopt;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  std::copy(text.begin(), text.end(), copy.begin());
  IpAddress out;
  if (::inet_pton(AF_INET6, copy.data(), out.bytes.data()) == 1) return out;
  std::array<char, 4> four{};
  if (::inet_pton(AF_INET, copy.data(), four.data()) != 1) return std::nullopt;
  return ip_from_bytes({four.data(), four.size()});
}

std::optional<IpAddress> ip_from_bytes(std::string_view bytes) noexcept {
  IpAddress out;
  if (bytes.size() == out.bytes.size()) {
    std::memcpy(out.bytes.data(), bytes.data(), bytes.size());
    return out;
  }
  if (bytes.size() != out.bytes.size() - kBefore4) return std::nullopt;
  std::copy(kMapped.begin(), kMapped.end(), out.bytes.begin());
  std::memcpy(out.bytes.data() + kBefore4, bytes.data(), bytes.size());
  return out;
}

std::string to_text(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool four = is_ipv4(address);
  const std::uint8_t* from = address.bytes.data() + (four ? kBefore4 : 0);
  if (::inet_ntop(four ? AF_INET : AF_INET6, from, text.data(), text.size()) == nullptr) return {};
  return text.data();
}

bool is_ipv4(const IpAddress& address) noexcept {
  return std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin());
}

bool contains(const config::Network& network, const IpAddress& address) noexcept {
  for (unsigned bit = 0; bit < network.bits; ++bit) {
    const unsigned differs = network.address[bit / 8] ^ address.bytes[bit / 8];
    if ((differs >> (7 - bit % 8) & 1U) != 0) return false;
  }
  return true;
}

bool contains(std::span<const config::Network> networks, const IpAddress& address) noexcept {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const config::Network& network) { return contains(network, address); });
}

IpAddress counted_as(IpAddress address) noexcept {
  if (!is_ipv4(address)) std::fill(address.bytes.begin() + kHost6, address.bytes.end(), 0);
  return address;
}

}  // namespace wf::message
