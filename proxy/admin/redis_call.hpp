// A purge as the one Redis command by which an application makes it without asking a proxy.
#pragma once

#include <span>
#include <string>

#include "config/types.hpp"
#include "proxy/invalidation/selector.hpp"

namespace wf::admin {

/// A line for a shell: redis-cli with EVAL, the script of invalidation/log_scripts.hpp, its keys
/// and the selectors, every word quoted. No password: redis-cli takes it from REDISCLI_AUTH. With
/// Sentinel it is asked for the master first.
[[nodiscard]] std::string redis_call(const config::RedisStore& redis,
                                     std::span<const invalidation::Selector> selectors);

}  // namespace wf::admin
