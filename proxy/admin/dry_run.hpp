// What a purge would match in the memory of this proxy.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proxy/cache/memory_tier.hpp"
#include "proxy/invalidation/purge.hpp"
#include "proxy/net/task.hpp"

namespace wf::admin {

inline constexpr std::size_t kMostKeysShown = 20;

struct DryRun {
  std::uint64_t looked_at = 0;
  std::uint64_t matched = 0;
  std::uint64_t bytes = 0;        ///< of memory, of those that match
  std::vector<std::string> keys;  ///< of the first kMostKeysShown, readable
};

/// Walks the memory in small steps, so that no hit waits for it, and lets others run between them.
[[nodiscard]] net::Task<DryRun> dry_run(cache::MemoryTier& memory,
                                        std::vector<invalidation::Selector> selectors);

/// "http://host/path?query", and what else the key holds.
[[nodiscard]] std::string readable_key(std::string_view key);

}  // namespace wf::admin
