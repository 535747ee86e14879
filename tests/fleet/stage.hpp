// What a fault is tried on: an origin that counts, a real Redis behind a link that can be broken,
// and some proxies, each a process of its own. Everything on loopback, on ports and in directories
// of its own, so that several stages may stand beside each other.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/fault_proxy/fault_proxy.hpp"
#include "tests/fleet/load.hpp"
#include "tests/support/redis_server.hpp"
#include "tests/support/scripted_origin.hpp"
#include "tests/walk/child_process.hpp"
#include "tests/walk/http_client.hpp"

namespace wf::test {

struct StageSettings {
  std::size_t proxies = 2;
  std::vector<std::string> redis_options{};
  std::size_t body = 2048;             ///< of the origin's answers to GET
  std::chrono::milliseconds takes{5};  ///< of the origin, for each answer
  std::string memory = "256KiB";       ///< of each proxy: the hot keys fit, the warm ones do not
  std::string redis_extra{};           ///< more of `store.redis`: "on_down: origin"
  std::string cache = "{ttl: 10m}";    ///< of the one route
  std::string store_extra{};           ///< more of `store`: "max_object_size: 2GiB"
  bool own_links = false;              ///< each proxy reaches Redis by a link of its own
  std::string admin_token{};           ///< not empty: each proxy has an admin listener
  /// Of the first proxy, "NAME=value".
  std::vector<std::string> environment{};
};

class Stage {
 public:
  explicit Stage(StageSettings settings = {});

  [[nodiscard]] RedisServer& redis() noexcept { return redis_; }
  /// Between the proxies and Redis; that of the first, where each has its own.
  [[nodiscard]] fault::FaultProxy& link() noexcept { return *links_.front(); }
  /// The answer of a proxy's admin listener to POST /purge.
  [[nodiscard]] Response purge(std::size_t number, const std::string& order) const;
  [[nodiscard]] ScriptedOrigin& origin() noexcept { return origin_; }
  [[nodiscard]] std::vector<std::uint16_t> ports() const;
  [[nodiscard]] ChildProxy& proxy(std::size_t number) { return *proxies_.at(number); }
  /// A new process in the place of that one, on another port.
  ChildProxy& restart(std::size_t number);
  [[nodiscard]] LoadPlan plan() const;
  [[nodiscard]] std::string yaml(std::size_t number) const;
  /// Whether an answer that one proxy fetched is found in Redis by another.
  [[nodiscard]] bool shared();
  /// What the origin says unless the test lets it say something else.
  [[nodiscard]] Script answer(const OriginRequest& request) const;

 private:
  [[nodiscard]] std::unique_ptr<ChildProxy> start(std::size_t number) const;

  const StageSettings settings_;
  RedisServer redis_;
  std::vector<std::unique_ptr<fault::FaultProxy>> links_;
  ScriptedOrigin origin_;
  std::vector<std::uint16_t> admin_ports_;
  std::vector<std::unique_ptr<ChildProxy>> proxies_;
  unsigned probes_ = 0;
};

}  // namespace wf::test
