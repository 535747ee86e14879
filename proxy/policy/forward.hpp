// What goes on to the origin, and what of its answer goes on to clients and into the store.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/types.hpp"
#include "proxy/base/fields.hpp"

namespace wf::policy {

enum class Purpose : std::uint8_t {
  Pass,  ///< the answer is for this client alone
  Fill,  ///< the answer may be shared: no conditions, no ranges, cookies as the route says
};

struct ForwardContext {
  Purpose purpose = Purpose::Pass;
  const config::Cache* cache = nullptr;  ///< null: the route does not cache
  bool trust_forwarded =
      false;                  ///< the peer is a forwarder of ours; ignored where the route caches
  unsigned version = 11;      ///< of the request received: 10 or 11
  std::string_view via{};     ///< our pseudonym
  std::string_view client{};  ///< address without port or brackets; empty (unix socket): unknown
  std::string_view peer{};    ///< the same of who sent the request: the client, or a forwarder
  std::string_view scheme{};  ///< that the client used
  std::string_view authority{};  ///< the client's Host, canonical
  std::string_view host{};       ///< Host to send; usually the same
  bool identity = false;         ///< the answer is looked into: it must come without a coding
};

/// Whether one received request field goes on, by name alone. `received` are all its fields.
[[nodiscard]] bool forwards_request_field(const ForwardContext& context, FieldSpan received,
                                          std::string_view name) noexcept;

/// The origin request's fields as text: Host first, then what is kept in its order, then Via (RFC
/// 9110 §7.6.3), X-Forwarded-For, -Proto and -Host, and Forwarded (RFC 7239); on a route that
/// caches also Surrogate-Capability, ours alone (W3C Edge Architecture §2.1). No framing, no
/// conditions of our own: the caller adds them. Where the route caches, or forwarded fields are not
/// trusted, ours replace the client's (SEC-01).
void append_forwarded_fields(const ForwardContext& context, FieldSpan received, std::string& out);

/// What happens to a response's fields.
struct ResponseForwarding {
  bool store = false;  ///< for the record: without Age and the fields of private="…"
  config::SetCookieRule set_cookie = config::SetCookieRule::Store;
  std::span<const std::string> private_fields{};  ///< lower-case, from Cache-Control
  std::span<const std::string> hidden{};          ///< config::Cache::hide_tags
};

/// Views of the fields that pass, in their order: nothing hop-by-hop or nominated by Connection, no
/// framing (RFC 9111 §3.1). Judge cacheability on the fields *received*, not on these.
void append_response_fields(const ResponseForwarding& forwarding, FieldSpan received,
                            std::vector<Field>& out);

}  // namespace wf::policy
