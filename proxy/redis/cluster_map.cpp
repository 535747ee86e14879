// How a Cluster's map is kept: the other half of Cluster.
#include <algorithm>
#include <utility>

#include "proxy/base/clock.hpp"
#include "proxy/redis/cluster.hpp"
#include "proxy/redis/cluster_survey.hpp"

namespace wf::redis {
namespace {

constexpr milliseconds kSettled{30'000};  // replicas come and go without anybody telling
constexpr milliseconds kTroubled{200};    // a node is lost: its successor is looked for
constexpr milliseconds kSpacing{100};     // many may ask at once
constexpr milliseconds kPatience{500};    // with one node: the next one may know

void add_missing(std::vector<config::Address>& to, const std::vector<config::Address>& from) {
  for (const config::Address& address : from) {
    if (std::find(to.begin(), to.end(), address) == to.end()) to.push_back(address);
  }
}

void rotate(std::vector<config::Address>& addresses, std::size_t by) {
  if (addresses.empty()) return;
  const auto first = static_cast<std::ptrdiff_t>(by % addresses.size());
  std::rotate(addresses.begin(), addresses.begin() + first, addresses.end());
}

}  // namespace

net::Task<void> Cluster::keep_map() {
  while (!stopping_) {
    const net::Notifier::Epoch seen = wanted_.epoch();
    co_await refresh();
    if (stopping_) break;
    co_await pause(kSpacing);
    const bool settled = map_.complete() && is_up();
    co_await wanted_.wait(seen, net::after(settled ? kSettled : kTroubled));
  }
}

net::Task<void> Cluster::refresh() {
  Settings settings = settings_.connection;
  settings.connect_timeout = std::min(settings.connect_timeout, kPatience);
  std::vector<config::Address> nodes = candidates();
  Result<SlotMap> map = co_await survey(deadlines_, std::move(settings), std::move(nodes));
  if (stopping_) co_return;
  if (map) {
    adopt(std::move(*map));
  } else if (on_link_) {
    const Error why = map.error();
    on_link_(Link::Down, &why);
  }
}

// Nodes that are up first. In turn: one that was cut off from the others may believe in an old map
// for long, and one that is frozen costs time.
std::vector<config::Address> Cluster::candidates() {
  std::vector<config::Address> up;
  for (const ClusterNodes::Node& node : nodes_.all()) {
    if (node.client->is_up()) add_missing(up, {node.place.address});
  }
  std::vector<config::Address> others = map_.masters();
  add_missing(others, map_.all_replicas());
  add_missing(others, settings_.seeds);
  ++turn_;
  rotate(up, turn_);
  rotate(others, turn_);
  add_missing(up, others);
  return up;
}

void Cluster::adopt(SlotMap map) {
  map_ = std::move(map);
  known_ = true;
  std::vector<ClusterNodes::Place> places;
  for (const config::Address& master : map_.masters()) places.push_back({master, Role::Any});
  if (settings_.read_replicas) {
    for (const config::Address& replica : map_.all_replicas()) {
      places.push_back({replica, Role::Replica});
    }
  }
  nodes_.keep_only(places);
  for (const ClusterNodes::Place& place : places) {
    if (eager()) (void)nodes_.at(place);
  }
  publish();
  changed_.notify_all();
}

void Cluster::publish() noexcept {
  const auto& nodes = nodes_.all();
  const bool open = std::any_of(nodes.begin(), nodes.end(), [](const ClusterNodes::Node& node) {
    return node.place.role != Role::Replica &&
           node.client->counters().breaker != Breaker::State::Closed;
  });
  counters_.link.store(is_up() ? Link::Up : Link::Down, std::memory_order_relaxed);
  counters_.breaker.store(open ? Breaker::State::Open : Breaker::State::Closed,
                          std::memory_order_relaxed);
}

}  // namespace wf::redis
