// The Host field (RFC 9110 §7.2; front rule F3).
#include <algorithm>

#include "proxy/base/ascii.hpp"
#include "proxy/policy/uri.hpp"

namespace wf::policy {
namespace {

constexpr std::size_t kMaxHost = 255;  // bytes; RFC 1035 §2.3.4

/// Names and IPv4 addresses. RFC 3986 lets a reg-name hold more (sub-delims, escapes), but no name
/// that resolves does, and each of those bytes is known from host confusion attacks.
bool is_name(std::string_view host) noexcept {
  if (host.empty() || host.size() > kMaxHost || host.front() == '.') return false;
  if (host.find("..") != std::string_view::npos) return false;
  return std::all_of(host.begin(), host.end(), [](char c) {
    return ascii::is_alpha(c) || ascii::is_digit(c) || c == '-' || c == '.' || c == '_';
  });
}

bool is_ipv4(std::string_view text) noexcept {
  unsigned parts = 0;
  while (parts < 4) {
    const auto dot = text.find('.');
    const auto part = text.substr(0, dot);
    const auto value = ascii::parse_uint(part);
    if (part.size() > 3 || !value || *value > 255) return false;
    ++parts;
    if (dot == std::string_view::npos) return parts == 4;
    text.remove_prefix(dot + 1);
  }
  return false;
}

bool is_h16(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 4 &&
         std::all_of(text.begin(), text.end(), [](char c) { return ascii::hex_value(c) >= 0; });
}

/// Groups of 16 bits in a run without "::", or nothing if malformed. An IPv4 tail counts as two.
std::optional<unsigned> count_groups(std::string_view run, bool last) noexcept {
  unsigned groups = 0;
  while (!run.empty()) {
    const auto colon = run.find(':');
    const auto group = run.substr(0, colon);
    const bool tail = colon == std::string_view::npos;
    if (tail && last && is_ipv4(group)) return groups + 2;
    if (!is_h16(group)) return std::nullopt;
    ++groups;
    if (tail) break;
    run.remove_prefix(colon + 1);
    if (run.empty()) return std::nullopt;
  }
  return groups;
}

/// RFC 3986 §3.2.2, without zone identifiers.
bool is_ipv6(std::string_view text) noexcept {
  const auto gap = text.find("::");
  if (gap == std::string_view::npos) return count_groups(text, true) == 8U;
  const auto before = count_groups(text.substr(0, gap), false);
  const auto after = count_groups(text.substr(gap + 2), true);
  return before && after && *before + *after <= 7;
}

/// Splits "host:port" without judging either; nothing if brackets are unbalanced.
struct Split {
  std::string_view host;
  std::string_view port;
  bool colon = false;
};
std::optional<Split> split(std::string_view value) noexcept {
  std::size_t end = value.find(':');
  if (!value.empty() && value.front() == '[') {
    end = value.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    ++end;
    if (end < value.size() && value[end] != ':') return std::nullopt;
  }
  if (end >= value.size()) return Split{value, {}, false};
  return Split{value.substr(0, end), value.substr(end + 1), true};
}

/// Without leading zeros; nothing if it is none.
std::optional<std::string_view> canonical_port(std::string_view port) noexcept {
  if (port.empty()) return port;
  const auto value = ascii::parse_uint(port);
  if (!value || *value < 1 || *value > 65'535) return std::nullopt;
  return port.substr(port.find_first_not_of('0'));
}

HostPort views(std::string_view authority, std::size_t host_size) noexcept {
  HostPort out;
  out.authority = authority;
  out.host = authority.substr(0, host_size);
  if (host_size < authority.size()) out.port = authority.substr(host_size + 1);
  return out;
}

}  // namespace

std::optional<HostPort> parse_host(std::string_view value, std::string& scratch) {
  const auto parts = split(value);
  if (!parts) return std::nullopt;
  const auto port = canonical_port(parts->port);
  if (!port) return std::nullopt;

  std::string_view host = parts->host;
  if (host.starts_with('[')) {
    if (!is_ipv6(host.substr(1, host.size() - 2))) return std::nullopt;
  } else {
    if (host.size() > 1 && host.ends_with('.')) host.remove_suffix(1);
    if (!is_name(host) || host.ends_with('.')) return std::nullopt;
  }
  const bool rewritten =
      host.size() != parts->host.size() || port->size() != parts->port.size() ||
      (parts->colon && port->empty()) ||
      std::any_of(host.begin(), host.end(), [](char c) { return ascii::lower(c) != c; });
  if (!rewritten) return views(value, host.size());

  scratch.assign(host);
  std::transform(scratch.begin(), scratch.end(), scratch.begin(), ascii::lower);
  if (!port->empty()) scratch.append(":").append(*port);
  return views(scratch, host.size());
}

std::string_view without_default_port(const HostPort& host, std::string_view scheme) noexcept {
  const bool implied = (host.port == "80" && ascii::iequals(scheme, "http")) ||
                       (host.port == "443" && ascii::iequals(scheme, "https"));
  return implied ? host.host : host.authority;
}

}  // namespace wf::policy
