// From an address to a stream that Redis listens on.
#pragma once

#include <memory>

#include "proxy/net/stream.hpp"
#include "proxy/redis/settings.hpp"

namespace wf::redis {

/// Looks the name up and tries each of its addresses until `until`; then shakes hands where the
/// settings ask for TLS. `settings` outlives the call.
[[nodiscard]] net::Task<Result<std::unique_ptr<net::Stream>>> open_stream(
    const Settings& settings, config::Address address, net::DeadlineList& deadlines,
    TimePoint until);

}  // namespace wf::redis
