// Several real redis-servers that belong together: a Sentinel set, a Cluster. Blocking, like
// RedisServer; everything ends with the object.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/types.hpp"
#include "tests/support/redis_server.hpp"

namespace wf::test {

/// One master, two replicas, and three Sentinels that call it "m" and have little patience. Settled
/// when the constructor returns.
class SentinelSet {
 public:
  SentinelSet();

  [[nodiscard]] std::vector<config::Address> sentinels() const;
  [[nodiscard]] RedisServer& first_master() noexcept { return *servers_.front(); }
  [[nodiscard]] std::vector<RedisServer*> replicas() const;
  [[nodiscard]] RedisServer& sentinel(std::size_t index) noexcept { return *sentinels_.at(index); }

 private:
  std::vector<std::unique_ptr<RedisServer>> servers_;
  std::vector<std::unique_ptr<RedisServer>> sentinels_;
};

/// Three masters with one replica each. All slots are served when the constructor returns.
class RedisCluster {
 public:
  explicit RedisCluster(const std::vector<std::string>& options = {});

  [[nodiscard]] std::vector<config::Address> addresses() const;
  [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }
  /// 0 to 2 begin as masters, 3 to 5 as replicas of them.
  [[nodiscard]] RedisServer& node(std::size_t index) noexcept { return *nodes_.at(index); }
  /// The index of the master that owns a key's slot at the beginning.
  [[nodiscard]] static std::size_t first_owner(const std::string& key);

  /// The slot is on its way from one master to another, key by key, until `end_move`.
  void begin_move(unsigned slot, std::size_t from, std::size_t to);
  /// Moves what keys of it there are; returns how many.
  std::size_t move_keys(unsigned slot, std::size_t from, std::size_t to);
  void end_move(unsigned slot, std::size_t to);
  /// Whether every master knows the owner.
  [[nodiscard]] bool all_know(unsigned slot, std::size_t owner);

 private:
  [[nodiscard]] std::string id(std::size_t index) const;
  [[nodiscard]] bool knows(std::size_t who, unsigned slot, std::size_t owner);
  void join(const std::vector<std::uint16_t>& bus_ports);
  /// What is still missing; empty: nothing.
  [[nodiscard]] std::string missing() const;

  std::vector<std::unique_ptr<RedisServer>> nodes_;
};

/// Whether it takes a write of that key now: a master that serves the key's slot. False also where
/// it does not answer, or cuts the connection because its role changes.
[[nodiscard]] bool takes_writes(const RedisServer& server, const std::string& key);

}  // namespace wf::test
