#include "proxy/redis/cluster_survey.hpp"

#include <algorithm>

#include "proxy/net/connect.hpp"

namespace wf::redis {
namespace {

/// In one go; the next time others come first.
constexpr std::size_t kMostAsked = 4;

Result<SlotMap> understand(const Result<Reply>& reply, const config::Address& asked) {
  if (!reply) return reply.error();
  Result<SlotMap> map = SlotMap::parse(*reply, asked);
  if (map && map->masters().empty()) {
    return Error{ErrorCode::Unavailable, Side::Store, Retry::Safe, "a node without a Cluster"};
  }
  return map;
}

}  // namespace

net::Task<Result<SlotMap>> survey(net::DeadlineList& deadlines, Settings settings,
                                  std::vector<config::Address> candidates) {
  candidates.resize(std::min(candidates.size(), kMostAsked));
  Error last{ErrorCode::Unavailable, Side::Store, Retry::Safe, "no node of the Cluster is known"};
  for (const config::Address& address : candidates) {
    std::vector<std::string> question{"CLUSTER", "SLOTS"};
    const Result<Reply> reply =
        co_await ask_once(deadlines, settings, address, std::move(question));
    Result<SlotMap> map = understand(reply, address);
    if (map) co_return map;
    last = map.error();
    last.detail.insert(0, "Cluster node " + net::to_string(address) + ": ");
  }
  co_return last;
}

}  // namespace wf::redis
