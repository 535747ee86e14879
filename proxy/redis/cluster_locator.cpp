#include "proxy/redis/cluster_locator.hpp"

#include <algorithm>
#include <utility>

#include "proxy/net/connect.hpp"
#include "proxy/redis/cluster_survey.hpp"

namespace wf::redis {
namespace {

constexpr milliseconds kLookEvery{5000};

Settings for_questions(Settings settings) {
  settings.use = Use::Commands;
  settings.liveness = liveness_for(Use::Commands);
  return settings;
}

bool contains(const std::vector<config::Address>& all, const config::Address& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

ClusterLocator::ClusterLocator(net::Executor executor, net::DeadlineList& deadlines,
                               Settings settings, std::vector<config::Address> seeds)
    : deadlines_(deadlines),
      settings_(for_questions(std::move(settings))),
      seeds_(std::move(seeds)),
      tasks_(executor, [](std::string_view) {}) {}

void ClusterLocator::start(Moved moved) {
  moved_ = std::move(moved);
  tasks_.keep_up([this] { return watch(); });
}

net::Task<void> ClusterLocator::stop() {
  stopping_ = true;
  ended_.notify_all();
  co_await tasks_.join();
}

std::vector<config::Address> ClusterLocator::candidates() {
  std::vector<config::Address> all = masters_;
  for (const config::Address& seed : seeds_) {
    if (!contains(all, seed)) all.push_back(seed);
  }
  std::rotate(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(turn_ % all.size()),
              all.end());
  return all;
}

net::Task<Result<config::Address>> ClusterLocator::locate() {
  std::vector<config::Address> nodes = candidates();
  const Result<SlotMap> map = co_await survey(deadlines_, settings_, std::move(nodes));
  if (!map) co_return map.error();
  masters_ = map->masters();
  // Another one at every try: the last may be the one that is down.
  current_ = masters_[++turn_ % masters_.size()];
  co_return current_;
}

net::Task<void> ClusterLocator::watch() {
  while (!stopping_) {
    co_await ended_.wait(ended_.epoch(), net::after(kLookEvery));
    if (stopping_ || current_ == config::Address{}) continue;
    std::vector<config::Address> nodes = candidates();
    const Result<SlotMap> map = co_await survey(deadlines_, settings_, std::move(nodes));
    if (!map || stopping_ || contains(map->masters(), current_)) continue;
    moved_({ErrorCode::Unavailable, Side::Store, Retry::Safe,
            net::to_string(current_) + " is no master of the Cluster any more"});
  }
}

}  // namespace wf::redis
