// What a client is told when an exchange with an origin failed.
#pragma once

#include "proxy/base/error.hpp"

namespace wf::upstream {

/// The status that answers for an error of Side::Upstream: 504 when time ran out, 503 when the
/// upstream was not tried, else 502 (RFC 9110 §15.6.3 to §15.6.5).
[[nodiscard]] unsigned status_for(const Error& error) noexcept;

}  // namespace wf::upstream
