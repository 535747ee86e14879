#include "proxy/server/footing.hpp"

#include <map>
#include <string>
#include <utility>

namespace wf::server {

namespace {

std::shared_ptr<upstream::Pool> pool_before(const Footing* before, const std::string& name,
                                            const config::Upstream& settings) {
  if (before == nullptr) return nullptr;
  auto pool = before->pools().begin();
  for (const auto& entry : before->config().upstreams) {
    if (entry.first == name && entry.second == settings) return *pool;
    ++pool;
  }
  return nullptr;
}

}  // namespace

Footing::Footing(std::shared_ptr<const Setup> setup, const Footing* before,
                 const upstream::Pool::Environment& environment)
    : setup_(std::move(setup)) {
  std::map<std::string, upstream::Pool*> by_name;
  for (const auto& [name, settings] : config().upstreams) {
    auto pool = pool_before(before, name, settings);
    if (!pool) pool = std::make_shared<upstream::Pool>(settings, environment);
    by_name[name] = pool.get();
    pools_.push_back(std::move(pool));
  }
  for (const config::Route& route : config().routes) {
    pool_of_route_.push_back(by_name.at(route.upstream));
  }
}

}  // namespace wf::server
