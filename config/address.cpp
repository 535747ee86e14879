#include "config/address.hpp"

#include <algorithm>
#include <string>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/un.h>

#include "config/wording.hpp"
#include "proxy/base/ascii.hpp"

namespace wf::config {
namespace {

constexpr std::size_t kLongestHost = 253;  // RFC 1035 §2.3.4, as text
constexpr std::size_t kLongestLabel = 63;

bool is_ip(int family, const std::string& text) {
  in6_addr buffer{};  // the larger of the two
  return inet_pton(family, text.c_str(), &buffer) == 1;
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > kLongestLabel) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(), [](char c) {
    return ascii::is_alpha(c) || ascii::is_digit(c) || c == '-' || c == '_';
  });
}

/// A name whose labels are those of DNS ("_" is seen in practice), or an IPv4 address.
Parsed<std::string> parse_name_or_ipv4(std::string_view text) {
  std::string host = ascii::to_lower(text);
  if (host.empty()) return fault("the host is missing");
  bool names = host.size() <= kLongestHost;
  std::string_view rest = host;
  std::string_view label;
  while (names) {
    const auto dot = rest.find('.');
    label = rest.substr(0, dot);
    names = is_label(label);
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (!names) return fault(fmt::format("{} is not a host", quoted(text)));
  // No top-level name is a number, so this was meant as an address (RFC 3696 §2).
  const bool numeric = std::all_of(label.begin(), label.end(), ascii::is_digit);
  if (numeric && !is_ip(AF_INET, host)) {
    return fault(fmt::format("{} is not an IPv4 address", quoted(text)));
  }
  return host;
}

Parsed<std::string> parse_ipv6(std::string_view text) {
  std::string host = ascii::to_lower(text);
  if (!is_ip(AF_INET6, host)) {
    return fault(fmt::format("{} is not an IPv6 address", quoted(text)));
  }
  return host;
}

Parsed<std::uint16_t> parse_port(std::string_view text) {
  const auto port = ascii::parse_uint(text);
  if (!port || *port > 65535) {
    return fault(fmt::format("expected a port from 0 to 65535, found {}", quoted(text)));
  }
  return static_cast<std::uint16_t>(*port);
}

/// The port of `8080`, `:8080` and `*:8080`, which other programs take for every address.
std::optional<std::string_view> lone_port(std::string_view text) {
  if (text.starts_with("*:")) text.remove_prefix(2);
  if (text.starts_with(':')) text.remove_prefix(1);
  if (!ascii::parse_uint(text)) return std::nullopt;
  return text;
}

Parsed<Address> tcp(std::string_view text, std::optional<std::uint16_t> default_port) {
  auto parsed = parse_host_port(text, default_port);
  if (!parsed) return fault(std::move(parsed.error().what));
  return Address{std::move(parsed->host), parsed->port, {}};
}

Parsed<Address> unix_socket(std::string_view text) {
  auto path = parse_socket_path(text);
  if (!path) return fault(std::move(path.error().what));
  return Address{{}, 0, std::move(*path)};
}

}  // namespace

Parsed<HostPort> parse_host_port(std::string_view text, std::optional<std::uint16_t> default_port) {
  const bool bracketed = text.starts_with('[');
  const auto host_end = bracketed ? text.find(']') : text.find(':');
  if (bracketed && host_end == std::string_view::npos) {
    return fault(fmt::format("{} lacks a \"]\"", quoted(text)));
  }
  const std::string_view host = bracketed ? text.substr(1, host_end - 1) : text.substr(0, host_end);
  std::string_view rest = text.substr(std::min(text.size(), host.size() + (bracketed ? 2 : 0)));
  if (!bracketed && rest.find(':', 1) != std::string_view::npos) {
    return fault(fmt::format("an IPv6 address stands in brackets: {}", quoted(text)));
  }
  auto parsed_host = bracketed ? parse_ipv6(host) : parse_name_or_ipv4(host);
  if (!parsed_host) return fault(std::move(parsed_host.error().what));
  if (rest.empty()) {
    if (!default_port) return fault(fmt::format("the port is missing in {}", quoted(text)));
    return HostPort{std::move(*parsed_host), *default_port};
  }
  if (rest.front() != ':') return fault(fmt::format("{} is not a host", quoted(text)));
  rest.remove_prefix(1);
  const auto port = parse_port(rest);
  if (!port) return port.error();
  return HostPort{std::move(*parsed_host), *port};
}

Parsed<std::string> parse_socket_path(std::string_view text) {
  constexpr std::size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;
  if (!text.starts_with('/')) {
    return fault(fmt::format("the path of a unix socket starts with \"/\": {}", quoted(text)));
  }
  if (text.size() > kLongest) {
    return fault(fmt::format("the path of a unix socket has at most {} bytes", kLongest));
  }
  if (text.ends_with('/') || text.find('\0') != std::string_view::npos) {
    return fault(fmt::format("{} is not the path of a socket", quoted(text)));
  }
  return std::string{text};
}

Parsed<Address> parse_listen_address(std::string_view text) {
  constexpr std::string_view kUnix = "unix:";
  if (text.starts_with(kUnix)) return unix_socket(text.substr(kUnix.size()));
  if (text.find("://") != std::string_view::npos) {
    return fault("expected host:port or unix:/path, found a URL");
  }
  if (const auto port = lone_port(text)) {
    return fault(
        fmt::format("the host is missing: 0.0.0.0:{0} is every IPv4 and [::]:{0} every "
                    "IPv6 address",
                    *port));
  }
  return tcp(text, std::nullopt);
}

Parsed<Address> parse_server_url(std::string_view text) {
  constexpr std::string_view kUnix = "unix:";
  constexpr std::string_view kHttp = "http://";
  constexpr std::uint16_t kHttpPort = 80;
  if (text.starts_with(kUnix)) return unix_socket(text.substr(kUnix.size()));
  if (text.starts_with("https://")) return fault("TLS to an upstream is not supported yet");
  if (!text.starts_with(kHttp)) {
    return fault(fmt::format("expected http://host:port or unix:/path, found {}", quoted(text)));
  }
  std::string_view authority = text.substr(kHttp.size());
  const auto end = authority.find_first_of("/?#");
  const std::string_view rest =
      end == std::string_view::npos ? std::string_view{} : authority.substr(end);
  authority = authority.substr(0, end);
  // The value may hold a password: it is not repeated.
  if (authority.find('@') != std::string_view::npos) {
    return fault("user information in a server's URL is not supported");
  }
  if (!rest.empty() && rest != "/") {
    return fault(fmt::format("a server's URL has no path: {} is never sent", quoted(rest)));
  }
  auto address = tcp(authority, kHttpPort);
  if (address && address->port == 0) return fault("a server's port is not 0");
  return address;
}

std::string to_text(const Address& address) {
  if (!address.unix_path.empty()) return "unix:" + address.unix_path;
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", address.host, is_ipv6 ? "]" : "",
                     address.port);
}

}  // namespace wf::config
