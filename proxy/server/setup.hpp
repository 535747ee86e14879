// What a reload replaces as one, and what it leaves as it was.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "config/types.hpp"
#include "proxy/policy/route.hpp"

namespace wf::server {

/// Every name that a route had since the start, at the place where it is counted. From any thread.
class RouteNames {
 public:
  /// So many may come by reloads; what is beyond is counted with the requests that no route took.
  static constexpr std::size_t kMore = 64;

  explicit RouteNames(const config::Config& config);
  /// The name's place, a new one if it has none yet.
  [[nodiscard]] std::size_t place(const std::string& name);
  [[nodiscard]] std::vector<std::string> all() const;
  /// How many places there are: those of the start, and kMore.
  [[nodiscard]] std::size_t room() const noexcept { return room_; }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> names_;
  const std::size_t room_;
};

/// Immutable, and the same for all workers: a request has the one that was in force when its head
/// had come, to its end.
struct Setup {
  Setup(std::shared_ptr<const config::Config> configuration, RouteNames& names);

  const std::shared_ptr<const config::Config> config;
  const policy::RouteTable routes;
  const std::vector<std::size_t> places;  ///< of each route, where it is counted
};

struct Reloaded {
  config::Config config;
  /// Keys whose new value waits for a restart; the configuration has the old one.
  std::vector<std::string> waiting;
};

/// What of `wanted` a proxy that was started with `running` can take over: routes, upstreams,
/// limits, the hosts of its listeners and the level of its log.
[[nodiscard]] Reloaded reloadable(const config::Config& running, config::Config wanted);

}  // namespace wf::server
