// A Redis Cluster: every command goes to the node that owns the slot of its keys.
//
//   call ─▶ slot of the keys ─▶ owner in the map ─▶ its connection ─▶ reply
//                                   ▲                    │ MOVED: the map learns, sent again there
//                                   └────────────────────┤ ASK: this once there, behind ASKING
//                                                        └ TRYAGAIN: again, while there is time
//
// The map is asked for again when a node is lost, is wrong, or cannot serve, and now and then.
#pragma once

#include <optional>
#include <vector>

#include "proxy/net/notifier.hpp"
#include "proxy/redis/cluster_nodes.hpp"
#include "proxy/redis/redirection.hpp"
#include "proxy/redis/service.hpp"
#include "proxy/redis/slot_map.hpp"

namespace wf::redis {

struct ClusterSettings {
  std::vector<config::Address> seeds;  ///< nodes to begin with; at least one
  bool read_replicas = false;          ///< plain reads go to replicas, what they lack to the master
  Settings connection;                 ///< of every node; not its address
};

/// Hooks are those of every node's connection. In Blocking use, nodes are connected to when they
/// are first asked.
class Cluster final : public Service {
 public:
  Cluster(net::Executor executor, net::DeadlineList& deadlines, ClusterSettings settings,
          Hooks hooks = {});

  void start() override;
  [[nodiscard]] net::Task<void> stop() override;
  /// Up: the map is known, and every node that is connected to is up.
  [[nodiscard]] net::Task<bool> wait_up(milliseconds timeout) override;
  [[nodiscard]] bool is_up() const noexcept override;

  void reconnect(Error why) override { nodes_.reconnect(why); }
  [[nodiscard]] net::Task<Result<Reply>> call(Args args) override;
  [[nodiscard]] net::Task<Result<Reply>> call_within(Args args, milliseconds timeout) override;
  /// `link` and `breaker` are those of the whole: Up, and Closed, where every node is.
  [[nodiscard]] const Counters& counters() const noexcept override { return counters_; }

 private:
  /// Where a command goes next.
  struct Hop {
    config::Address address;
    Lead lead = Lead::None;
  };
  [[nodiscard]] Hooks watched(Hooks hooks);
  [[nodiscard]] bool eager() const noexcept { return settings_.connection.use != Use::Blocking; }

  [[nodiscard]] net::Task<Result<Reply>> route(Args args, std::optional<HashSlot> slot,
                                               TimePoint until);
  [[nodiscard]] net::Task<Result<Reply>> ask(Hop hop, Args args, TimePoint until);
  /// Nothing: no replica could say.
  [[nodiscard]] net::Task<std::optional<Reply>> read_replica(Args args, HashSlot slot,
                                                             TimePoint until);
  [[nodiscard]] std::optional<Hop> first_hop(std::optional<HashSlot> slot) const;
  /// Follows a redirection; false: it leads nowhere.
  void follow(const Redirection& redirection, Hop& hop);
  [[nodiscard]] net::Task<void> pause(milliseconds delay);
  void record(const Result<Reply>& reply);

  [[nodiscard]] net::Task<void> keep_map();
  [[nodiscard]] net::Task<void> refresh();
  [[nodiscard]] std::vector<config::Address> candidates();
  void adopt(SlotMap map);
  void publish() noexcept;

  net::DeadlineList& deadlines_;
  ClusterSettings settings_;
  Counters counters_;
  SlotMap map_;
  net::Notifier wanted_;   // a new map is
  net::Notifier changed_;  // the map, or a node's link
  net::Notifier ended_;
  net::TaskGroup tasks_;
  ClusterNodes nodes_;
  std::function<void(Link, const Error*)> on_link_;
  std::size_t turn_ = 0;
  bool known_ = false;  // a map was there once
  bool stopping_ = false;
};

}  // namespace wf::redis
