// Asking a Cluster for its map.
#pragma once

#include <vector>

#include "proxy/redis/ask_once.hpp"
#include "proxy/redis/slot_map.hpp"

namespace wf::redis {

/// The map as the first of `candidates` that answers tells it. A map without any slot does not
/// count: its node was reset, or has not met the others yet.
[[nodiscard]] net::Task<Result<SlotMap>> survey(net::DeadlineList& deadlines, Settings settings,
                                                std::vector<config::Address> candidates);

}  // namespace wf::redis
