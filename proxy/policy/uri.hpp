// The request target and the Host field, checked and made canonical once, before routing and
// keying.
//
// Route, key and forwarded request use the same strings (front rules F3 to F5, SEC-03): what is
// compared is what is sent. Nothing is ever percent-decoded.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

#include "config/types.hpp"
#include "proxy/policy/facts.hpp"

namespace wf::policy {

/// Why a target is refused with 400.
enum class TargetError : std::uint8_t {
  Empty,
  Form,              ///< none of the forms that the method allows (RFC 9112 §3.2)
  Scheme,            ///< absolute form with a scheme other than http and https
  Authority,         ///< absolute form with userinfo, or without a valid host
  Character,         ///< a byte outside RFC 3986, a fragment or a backslash
  Escape,            ///< '%' without two hexadecimal digits
  EncodedDot,        ///< a dot segment written with %2e
  EncodedSeparator,  ///< %2f, %5c or %00 in the path
};
[[nodiscard]] std::string_view to_string(TargetError error) noexcept;

/// A checked target. The views point into the raw target or into the scratch string.
struct Target {
  std::string_view scheme{};     ///< as written; only in absolute form
  std::string_view authority{};  ///< as written; only in absolute form
  std::string_view path{};       ///< canonical, starts with '/'; "*" in asterisk form
  std::string_view query{};      ///< without '?'
  bool has_query = false;        ///< "/x?" has an empty query, "/x" has none
  bool asterisk = false;
};

struct TargetOptions {
  bool verbatim_path = false;  ///< dot segments and encoded separators are left as they are
};

/// Origin, absolute, and (with OPTIONS) asterisk form. `scratch` is written only if the path holds
/// dot segments (RFC 3986 §5.2.4); the result never allocates otherwise.
[[nodiscard]] boost::system::result<Target, TargetError> parse_target(std::string_view raw,
                                                                      Method method,
                                                                      std::string& scratch,
                                                                      TargetOptions options = {});

/// The pairs that are keyed and sent: split at '&' alone, whole pairs kept or dropped, sorted
/// bytewise by name (order within a name kept). Returns `query` itself if nothing changes, else a
/// view of `scratch`, which must not hold `query`.
[[nodiscard]] std::string_view canonical_query(std::string_view query,
                                               const config::QueryRule& rule, std::string& scratch);

/// The same for a target; a query that loses its last pair loses its '?' too.
void apply_query_rule(Target& target, const config::QueryRule& rule, std::string& scratch);

/// A Host value (RFC 9110 §7.2): lower-case, no trailing dot, no empty port.
struct HostPort {
  std::string_view host{};       ///< IPv6 literals in brackets
  std::string_view port{};       ///< 1..65535 without leading zeros, or empty
  std::string_view authority{};  ///< "host" or "host:port"
};

/// Nothing for an empty or malformed value. Views into `value`, or into `scratch` if it had to be
/// rewritten.
[[nodiscard]] std::optional<HostPort> parse_host(std::string_view value, std::string& scratch);

/// The authority without a port that the scheme implies (RFC 3986 §6.2.3).
[[nodiscard]] std::string_view without_default_port(const HostPort& host,
                                                    std::string_view scheme) noexcept;

}  // namespace wf::policy
