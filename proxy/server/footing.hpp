// What a worker's requests stand on: the setup in force, and the pools that its routes lead to.
#pragma once

#include <memory>
#include <vector>

#include "proxy/server/setup.hpp"
#include "proxy/upstream/pool.hpp"

namespace wf::server {

/// Immutable; of one worker, used on its thread. Whoever has a RouteMatch of it holds it: requests
/// and fills that began before a reload end on the footing that they began on.
class Footing {
 public:
  /// A pool whose upstream is as it was goes on, with its connections; `before` may be null.
  Footing(std::shared_ptr<const Setup> setup, const Footing* before,
          const upstream::Pool::Environment& environment);

  [[nodiscard]] const config::Config& config() const noexcept { return *setup_->config; }
  [[nodiscard]] const policy::RouteTable& routes() const noexcept { return setup_->routes; }
  /// The pool of a matched route's upstream.
  [[nodiscard]] upstream::Pool& pool(const policy::RouteMatch& route) const noexcept {
    return *pool_of_route_[route.index];
  }
  /// Where a matched route is counted.
  [[nodiscard]] std::size_t place(const policy::RouteMatch& route) const noexcept {
    return setup_->places[route.index];
  }
  [[nodiscard]] const std::vector<std::shared_ptr<upstream::Pool>>& pools() const noexcept {
    return pools_;
  }

 private:
  std::shared_ptr<const Setup> setup_;
  std::vector<std::shared_ptr<upstream::Pool>> pools_;  // in the order of the upstreams' names
  std::vector<upstream::Pool*> pool_of_route_;
};

}  // namespace wf::server
