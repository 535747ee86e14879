// The nodes of a Cluster that one thread is connected to.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "proxy/net/spawn.hpp"
#include "proxy/redis/client.hpp"

namespace wf::redis {

/// One pipelined connection and one breaker per node, and another one for reading where it is a
/// replica: a connection that may read there must never be given a script. Used on one thread;
/// `stop` and await it before destruction. Calls under way hold their node, so that one which has
/// left the Cluster lives until the last of them has ended.
class ClusterNodes {
 public:
  struct Environment {
    net::Executor executor;
    net::DeadlineList& deadlines;
    Settings settings;  ///< of every node's connection; not its address
    Hooks hooks;        ///< of every node's connection
  };
  explicit ClusterNodes(Environment environment);

  struct Place {
    config::Address address;
    Role role = Role::Any;  ///< Replica: for reading
    bool operator==(const Place&) const = default;
  };
  /// Connects to a node that is not known yet. Null once stopped.
  [[nodiscard]] std::shared_ptr<Client> at(const Place& place);
  /// Null if it is not known.
  [[nodiscard]] std::shared_ptr<Client> find(const Place& place) const;
  /// Lets go of every node that is not in the list.
  void keep_only(const std::vector<Place>& places);
  void reconnect(const Error& why);

  struct Node {
    Place place;
    std::shared_ptr<Client> client;
  };
  [[nodiscard]] const std::vector<Node>& all() const noexcept { return nodes_; }
  [[nodiscard]] net::Task<void> stop();

 private:
  [[nodiscard]] static net::Task<void> retire(std::shared_ptr<Client> client);

  Environment environment_;
  std::vector<Node> nodes_;
  net::TaskGroup retiring_;
  bool stopping_ = false;
};

}  // namespace wf::redis
