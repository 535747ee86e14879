#include "config/names.hpp"

#include <array>

#include <fmt/format.h>

#include "config/address.hpp"
#include "config/wording.hpp"
#include "proxy/base/ascii.hpp"

namespace wf::config {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestPrefix = 32;

bool all_of(std::string_view text, std::string_view others) {
  for (const char c : text) {
    const bool usual = ascii::is_alpha(c) || ascii::is_digit(c);
    if (!usual && others.find(c) == std::string_view::npos) return false;
  }
  return true;
}

}  // namespace

Parsed<std::string> parse_name(std::string_view text) {
  if (text.empty() || text.size() > kLongestName || !all_of(text, "_-.")) {
    return fault(
        fmt::format("expected a name of 1 to 64 letters, digits, \"_\", \"-\" and \".\", found {}",
                    quoted(text)));
  }
  return std::string{text};
}

Parsed<std::string> parse_token(std::string_view text, std::string_view kind) {
  if (!ascii::is_token(text)) {
    return fault(fmt::format("{} is not a {} (RFC 9110 §5.6.2)", quoted(text), kind));
  }
  return std::string{text};
}

Parsed<std::string> parse_method(std::string_view text) {
  constexpr std::array<std::string_view, 9> kKnown{"GET",   "HEAD",    "POST",  "PUT",  "DELETE",
                                                   "PATCH", "OPTIONS", "TRACE", "QUERY"};
  for (const std::string_view known : kKnown) {
    if (text != known && ascii::iequals(text, known)) {
      return fault(
          fmt::format("methods are case-sensitive: {}{}", quoted(text), suggestion(text, kKnown)));
    }
  }
  return parse_token(text, "method");
}

Parsed<std::string> parse_host(std::string_view text, Wildcard wildcard) {
  std::string_view host = text;
  if (host.starts_with("*.")) {
    if (wildcard == Wildcard::No) return fault("a wildcard is not possible here");
    host.remove_prefix(2);
  }
  constexpr std::uint16_t kNoPort = 0;
  auto parsed = parse_host_port(host, kNoPort);
  if (!parsed) return fault(std::move(parsed.error().what));
  const bool is_ipv6 = parsed->host.find(':') != std::string::npos;
  const std::size_t written = parsed->host.size() + (is_ipv6 ? 2 : 0);
  if (written != host.size()) return fault("a host is compared without its port");
  if (host.size() == text.size()) return is_ipv6 ? "[" + parsed->host + "]" : parsed->host;
  if (is_ipv6) return fault("a wildcard stands before names only");
  return "*." + parsed->host;
}

Parsed<std::string> parse_host_field(std::string_view text) {
  constexpr std::uint16_t kNoPort = 0;
  auto parsed = parse_host_port(text, kNoPort);
  if (!parsed) return fault(std::move(parsed.error().what));
  return std::string{text};
}

Parsed<std::string> parse_key_prefix(std::string_view text) {
  if (text.empty() || text.size() > kLongestPrefix || !all_of(text, "_-.:")) {
    return fault(fmt::format(
        "expected 1 to 32 letters, digits, \"_\", \"-\", \".\" and \":\", found {}", quoted(text)));
  }
  return std::string{text};
}

}  // namespace wf::config
