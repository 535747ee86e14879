// The front's rules as small pure functions over parsed heads. Each returns the refusal, or
// nothing.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/message/head.hpp"
#include "proxy/message/refusal.hpp"

namespace wf::message::rules {

using Verdict = std::optional<Refusal>;

/// F8. `named`: methods beyond the usual that some route names: QUERY, PROPFIND, M-SEARCH… CONNECT,
/// TRACE and PURGE are refused even so.
[[nodiscard]] Verdict method(policy::Method method, std::string_view text,
                             std::span<const std::string_view> named) noexcept;

/// The framing fields of either direction, read by F1 and F2.
struct FramingFields {
  bool chunked = false;
  bool has_length = false;
  std::uint64_t length = 0;
};
/// F1 and F2 (RFC 9112 §6.1, §6.2, §6.3).
[[nodiscard]] Verdict framing(FieldSpan fields, unsigned version, FramingFields& out) noexcept;

/// F3: exactly one Host in HTTP/1.1, at most one in 1.0; parsed into `head.host`.
[[nodiscard]] Verdict host(RequestHead& head, std::string& scratch);
/// F3: an absolute-form authority names the same host. Where HTTP/1.0 has no Host, it is the host.
[[nodiscard]] Verdict authority(RequestHead& head, std::string& scratch);
/// F3: 421 where hosts are configured and this is none of them ("*.example.com" as in routes).
[[nodiscard]] Verdict known_host(const RequestHead& head,
                                 std::span<const std::string> hosts) noexcept;

/// F4, F5.
[[nodiscard]] Verdict target(RequestHead& head, policy::TargetOptions options,
                             std::string& scratch);

/// F7: names with '_' are dropped; one that reads as a framing or forwarding field when '_' is
/// taken for '-' is refused.
[[nodiscard]] Verdict underscores(std::vector<Field>& fields);

/// F9: GET, HEAD and DELETE have no body unless the route says `allow_get_body`. For the caller,
/// after routing.
[[nodiscard]] Verdict unexpected_body(const RequestHead& head, bool allow_get_body) noexcept;

/// F10: Connection is a list of tokens and nominates nothing that the next hop must see.
[[nodiscard]] Verdict connection(FieldSpan fields) noexcept;
/// What Connection nominates ends here (RFC 9110 §7.6.1), for the cache as for the origin: a field
/// that is not sent on must not be keyed or matched with Vary. Fields that are hop-by-hop by their
/// name stay for the rules that read them.
void drop_nominated(std::vector<Field>& fields);

/// F11: the protocols to offer to the origin; empty in HTTP/1.0, without `Connection: upgrade`, and
/// for h2c.
[[nodiscard]] std::string_view upgrade(FieldSpan fields, unsigned version) noexcept;

/// F12: 100-continue, or 417; ignored in HTTP/1.0.
[[nodiscard]] Verdict expect(RequestHead& head) noexcept;

/// RFC 9112 §9.3.
[[nodiscard]] bool keep_alive(FieldSpan fields, unsigned version) noexcept;

}  // namespace wf::message::rules
