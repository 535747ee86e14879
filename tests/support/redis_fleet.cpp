#include "tests/support/redis_fleet.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string_view>

#include "proxy/redis/hash_slot.hpp"

namespace wf::test {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

constexpr std::size_t kMasters = 3;
constexpr unsigned kShare = 5462;  // slots per master, rounded up

template <class Condition>
void wait_for(std::string_view what, Condition happened) {
  const auto until = std::chrono::steady_clock::now() + 40s;
  while (!happened()) {
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error(std::string{what});
    ::usleep(20'000);
  }
}

bool says(const RedisServer& server, const Words& question, std::string_view text) {
  const redis::Reply reply = server.ask(question);
  return reply.text().find(text) != std::string_view::npos;
}

void must(const RedisServer& server, const Words& command) {
  const redis::Reply reply = server.ask(command);
  if (reply.is_error()) throw std::runtime_error(command.at(0) + ": " + std::string{reply.text()});
}

void watch(const RedisServer& sentinel, std::uint16_t master) {
  must(sentinel, {"SENTINEL", "MONITOR", "m", "127.0.0.1", std::to_string(master), "2"});
  must(sentinel,
       {"SENTINEL", "SET", "m", "down-after-milliseconds", "500", "failover-timeout", "3000"});
}

/// Whether a Sentinel knows both replicas and the two other Sentinels.
bool knows_all(const RedisServer& sentinel) {
  return sentinel.ask({"SENTINEL", "REPLICAS", "m"}).elements().size() == 2 &&
         sentinel.ask({"SENTINEL", "SENTINELS", "m"}).elements().size() == 2;
}

}  // namespace

SentinelSet::SentinelSet() {
  for (int i = 0; i < 3; ++i) servers_.push_back(std::make_unique<RedisServer>());
  const std::uint16_t master = servers_.front()->port();
  for (const RedisServer* replica : replicas()) {
    must(*replica, {"REPLICAOF", "127.0.0.1", std::to_string(master)});
  }
  for (const RedisServer* replica : replicas()) {
    wait_for("a replica without its master", [&] {
      return says(*replica, {"INFO", "replication"}, "master_link_status:up");
    });
  }
  for (int i = 0; i < 3; ++i) {
    sentinels_.push_back(std::make_unique<RedisServer>(Words{}, RedisServer::As::Sentinel));
    watch(*sentinels_.back(), master);
  }
  for (const auto& sentinel : sentinels_) {
    wait_for("Sentinels that do not meet", [&] { return knows_all(*sentinel); });
  }
}

std::vector<config::Address> SentinelSet::sentinels() const {
  std::vector<config::Address> all;
  for (const auto& sentinel : sentinels_) all.push_back(sentinel->address());
  return all;
}

std::vector<RedisServer*> SentinelSet::replicas() const {
  return {servers_.at(1).get(), servers_.at(2).get()};
}

bool takes_writes(const RedisServer& server, const std::string& key) {
  try {
    return server.ask({"SET", key, "x", "PX", "1"}).text() == "OK";
  } catch (const std::runtime_error&) {
    return false;
  }
}

RedisCluster::RedisCluster(const std::vector<std::string>& options) {
  std::vector<std::uint16_t> bus_ports;
  for (std::size_t i = 0; i < 2 * kMasters; ++i) {
    bus_ports.push_back(free_port());
    Words words{"--cluster-enabled",      "yes",
                "--cluster-config-file",  "nodes.conf",
                "--cluster-node-timeout", "2000",
                "--cluster-port",         std::to_string(bus_ports.back())};
    words.insert(words.end(), options.begin(), options.end());
    nodes_.push_back(std::make_unique<RedisServer>(std::move(words)));
  }
  join(bus_ports);
  // A replica counts once something has been replicated to it.
  for (int i = 0; i < 12; ++i) {
    const std::string key = std::to_string(i);
    wait_for("a master that takes no write",
             [&] { return takes_writes(node(first_owner(key)), key); });
  }
  const auto until = std::chrono::steady_clock::now() + 40s;
  for (std::string what = missing(); !what.empty(); what = missing()) {
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error("no Cluster: " + what);
    ::usleep(20'000);
  }
}

void RedisCluster::join(const std::vector<std::uint16_t>& bus_ports) {
  for (std::size_t i = 0; i < size(); ++i) {
    must(node(i), {"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
    must(node(0), {"CLUSTER", "MEET", "127.0.0.1", std::to_string(node(i).port()),
                   std::to_string(bus_ports.at(i))});
    if (i >= kMasters) continue;
    const unsigned first = static_cast<unsigned>(i) * kShare;
    const unsigned last = std::min(first + kShare, unsigned{redis::kHashSlots}) - 1;
    must(node(i), {"CLUSTER", "ADDSLOTSRANGE", std::to_string(first), std::to_string(last)});
  }
  for (std::size_t i = kMasters; i < size(); ++i) {
    const std::string master = id(i - kMasters);
    wait_for("a node that does not meet its master", [&] {
      return says(node(i), {"CLUSTER", "NODES"}, master);
    });
    must(node(i), {"CLUSTER", "REPLICATE", master});
  }
}

std::string RedisCluster::missing() const {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const RedisServer& node = *nodes_[i];
    const std::string who = "node " + std::to_string(i) + ": ";
    const std::string info{node.ask({"CLUSTER", "INFO"}).text()};
    if (info.find("cluster_state:ok") == std::string::npos ||
        info.find("cluster_known_nodes:6") == std::string::npos) {
      return who + info;
    }
    // Every range with its replica, or a failover would find nobody.
    const redis::Reply slots = node.ask({"CLUSTER", "SLOTS"});
    for (const redis::Reply& range : slots.elements()) {
      if (range.elements().size() != 4) return who + "a range without its replica";
    }
    const bool replica = i >= kMasters;
    if (replica && !says(node, {"INFO", "replication"}, "master_link_status:up")) {
      return who + "no link to its master";
    }
  }
  return {};
}

std::string RedisCluster::id(std::size_t index) const {
  return std::string{nodes_.at(index)->ask({"CLUSTER", "MYID"}).text()};
}

std::vector<config::Address> RedisCluster::addresses() const {
  std::vector<config::Address> all;
  for (const auto& node : nodes_) all.push_back(node->address());
  return all;
}

std::size_t RedisCluster::first_owner(const std::string& key) {
  return redis::hash_slot(key) / kShare;
}

void RedisCluster::begin_move(unsigned slot, std::size_t from, std::size_t to) {
  must(node(to), {"CLUSTER", "SETSLOT", std::to_string(slot), "IMPORTING", id(from)});
  must(node(from), {"CLUSTER", "SETSLOT", std::to_string(slot), "MIGRATING", id(to)});
}

std::size_t RedisCluster::move_keys(unsigned slot, std::size_t from, std::size_t to) {
  const redis::Reply keys =
      node(from).ask({"CLUSTER", "GETKEYSINSLOT", std::to_string(slot), "1000"});
  for (const redis::Reply& key : keys.elements()) {
    must(node(from), {"MIGRATE", "127.0.0.1", std::to_string(node(to).port()),
                      std::string{key.text()}, "0", "5000"});
  }
  return keys.elements().size();
}

bool RedisCluster::knows(std::size_t who, unsigned slot, std::size_t owner) {
  const redis::Reply slots = node(who).ask({"CLUSTER", "SLOTS"});
  for (const redis::Reply& range : slots.elements()) {
    const auto parts = range.elements();
    if (parts[0].integer() > slot || parts[1].integer() < slot) continue;
    return parts[2].elements()[1].integer() == node(owner).port();
  }
  return false;
}

bool RedisCluster::all_know(unsigned slot, std::size_t owner) {
  for (std::size_t i = 0; i < kMasters; ++i) {
    if (!knows(i, slot, owner)) return false;
  }
  return true;
}

void RedisCluster::end_move(unsigned slot, std::size_t to) {
  const std::vector<std::string> tell{"CLUSTER", "SETSLOT", std::to_string(slot), "NODE", id(to)};
  must(node(to), tell);
  for (std::size_t i = 0; i < kMasters; ++i) {
    if (i != to) must(node(i), tell);
  }
  // A slot that moves on before the news of its last move has spread sends clients to and fro. And
  // what a node is told can be undone by older news that was under way: then it is told again.
  constexpr std::chrono::milliseconds kAgain{500};
  auto again = std::chrono::steady_clock::now() + kAgain;
  wait_for("nodes that do not agree whose a slot is", [&] {
    if (all_know(slot, to)) return true;
    if (std::chrono::steady_clock::now() < again) return false;
    again += kAgain;
    for (std::size_t i = 0; i < kMasters; ++i) {
      if (!knows(i, slot, to)) static_cast<void>(node(i).ask(tell));
    }
    return false;
  });
}

}  // namespace wf::test
