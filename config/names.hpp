// Names as HTTP and people write them: of routes, fields, methods and hosts.
#pragma once

#include <string>
#include <string_view>

#include "config/parsed.hpp"

namespace wf::config {

/// Whether `*.example.com` is allowed among hosts.
enum class Wildcard : bool { No, Yes };

/// 1 to 64 letters, digits, "_", "-" and ".".
[[nodiscard]] Parsed<std::string> parse_name(std::string_view text);
/// A token (RFC 9110 §5.6.2); `kind` says of what, such as "field name".
[[nodiscard]] Parsed<std::string> parse_token(std::string_view text, std::string_view kind);
/// A method (RFC 9110 §9.1): a token; a known one in small letters is a mistake.
[[nodiscard]] Parsed<std::string> parse_method(std::string_view text);
/// A host without port, in lower case: a name, an IPv4 or a bracketed IPv6 address.
[[nodiscard]] Parsed<std::string> parse_host(std::string_view text, Wildcard wildcard);
/// The value of a Host field: a host, perhaps with a port (RFC 9110 §7.2).
[[nodiscard]] Parsed<std::string> parse_host_field(std::string_view text);
/// The first part of Redis keys: 1 to 32 letters, digits, "_", "-", "." and ":". No braces, which
/// would choose a cluster slot.
[[nodiscard]] Parsed<std::string> parse_key_prefix(std::string_view text);

}  // namespace wf::config
