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

namespace wf::test {

struct StageSettings {
  std::size_t proxies = 2;
  std::vector<std::string> redis_options{};
  std::size_t body = 2048;             ///< of the origin's answers to GET
  std::chrono::milliseconds takes{5};  ///< of the origin, for each answer
  std::string memory = "256KiB";       ///< of each proxy: the hot keys fit, the warm ones do not
  std::string redis_extra{};           ///< more of `store.redis`: "on_down: origin"
  std::string cache = "{ttl: 10m}";    ///< of the one route
};

class Stage {
 public:
  explicit Stage(StageSettings settings = {});

  [[nodiscard]] RedisServer& redis() noexcept { return redis_; }
  /// Between the proxies and Redis.
  [[nodiscard]] fault::FaultProxy& link() noexcept { return link_; }
  [[nodiscard]] ScriptedOrigin& origin() noexcept { return origin_; }
  [[nodiscard]] std::vector<std::uint16_t> ports() const;
  [[nodiscard]] ChildProxy& proxy(std::size_t number) { return *proxies_.at(number); }
  /// A new process in the place of that one, on another port.
  ChildProxy& restart(std::size_t number);
  [[nodiscard]] LoadPlan plan() const;
  [[nodiscard]] std::string yaml() const;
  /// Whether an answer that one proxy fetched is found in Redis by another.
  [[nodiscard]] bool shared();

 private:
  [[nodiscard]] Script answer(const OriginRequest& request) const;

  const StageSettings settings_;
  RedisServer redis_;
  fault::FaultProxy link_;
  ScriptedOrigin origin_;
  std::vector<std::unique_ptr<ChildProxy>> proxies_;
  unsigned probes_ = 0;
};

}  // namespace wf::test
