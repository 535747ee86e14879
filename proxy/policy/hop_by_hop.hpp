// Fields that belong to one connection and are never passed on (RFC 9110 §7.6.1).
#pragma once

#include <string_view>

#include "proxy/base/fields.hpp"

namespace wf::policy {

/// By its name alone: Connection and the fields that RFC 9110 §7.6.1 and RFC 9111 §3.1 name, and
/// Expect, which is answered hop by hop here.
[[nodiscard]] bool is_hop_by_hop(std::string_view name) noexcept;

/// Whether a Connection field of the message nominates `name`.
[[nodiscard]] bool is_nominated(FieldSpan fields, std::string_view name) noexcept;

/// Length, framing and Host are written anew for each hop, never copied.
[[nodiscard]] bool is_rewritten(std::string_view name) noexcept;

/// Request fields known for cache poisoning (SEC-01): origins act on them, keys do not hold them.
[[nodiscard]] bool is_poisoning(std::string_view name) noexcept;

/// Fields that a Connection field must not nominate (F10): removing them would change what the
/// message means to the next hop.
[[nodiscard]] bool is_end_to_end_critical(std::string_view name) noexcept;

}  // namespace wf::policy
