// How many files may be open, and what of that clients may have.
#pragma once

#include <cstdint>

#include "config/types.hpp"

namespace wf::server {

/// The soft limit of open files is raised to the hard one: for the program's start. Returns what
/// the limit is then.
std::uint64_t raise_descriptor_limit() noexcept;
/// The soft limit as it is.
[[nodiscard]] std::uint64_t descriptor_limit() noexcept;

/// limits.connections, or what `auto` means: `kUsualConnections`, or what `descriptors` leave
/// beside the connections to origins, Redis and what else `workers` need; half of them at least.
[[nodiscard]] unsigned most_connections(const config::Config& config, unsigned workers,
                                        std::uint64_t descriptors) noexcept;
inline constexpr unsigned kUsualConnections = 16384;

}  // namespace wf::server
