#include "proxy/redis/cluster_nodes.hpp"

#include <algorithm>
#include <utility>

namespace wf::redis {

ClusterNodes::ClusterNodes(Environment environment)
    : environment_(std::move(environment)),
      retiring_(environment_.executor, [](std::string_view) {}) {}

std::shared_ptr<Client> ClusterNodes::at(const Place& place) {
  if (auto known = find(place)) return known;
  if (stopping_) return nullptr;
  Settings settings = environment_.settings;
  settings.address = place.address;
  settings.role = place.role;
  auto client = std::make_shared<Client>(environment_.executor, environment_.deadlines,
                                         std::move(settings), environment_.hooks);
  nodes_.push_back(Node{place, client});
  client->start();
  return client;
}

std::shared_ptr<Client> ClusterNodes::find(const Place& place) const {
  const auto found = std::find_if(nodes_.begin(), nodes_.end(),
                                  [&](const Node& node) { return node.place == place; });
  return found != nodes_.end() ? found->client : nullptr;
}

void ClusterNodes::keep_only(const std::vector<Place>& places) {
  const auto wanted = [&](const Node& node) {
    return std::find(places.begin(), places.end(), node.place) != places.end();
  };
  const auto gone = std::stable_partition(nodes_.begin(), nodes_.end(), wanted);
  for (auto node = gone; node != nodes_.end(); ++node) {
    retiring_.spawn(retire(std::move(node->client)));
  }
  nodes_.erase(gone, nodes_.end());
}

void ClusterNodes::reconnect(const Error& why) {
  for (const Node& node : nodes_) node.client->reconnect(why);
}

net::Task<void> ClusterNodes::retire(std::shared_ptr<Client> client) { co_await client->stop(); }

net::Task<void> ClusterNodes::stop() {
  stopping_ = true;
  keep_only({});
  co_await retiring_.join();
}

}  // namespace wf::redis
