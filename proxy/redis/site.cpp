#include "proxy/redis/site.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "proxy/redis/client.hpp"
#include "proxy/redis/cluster.hpp"
#include "proxy/redis/cluster_locator.hpp"
#include "proxy/redis/sentinel_locator.hpp"

namespace wf::redis {
namespace {

constexpr milliseconds kSentinelPatience{500};

std::shared_ptr<const net::TlsContext> context_for(const config::RedisStore& store) {
  if (!store.uses_tls) return nullptr;
  net::TlsSettings settings;
  settings.ca = store.tls.ca.value_or("");
  settings.certificate = store.tls.certificate.value_or("");
  settings.key = store.tls.key.value_or("");
  settings.server_name = store.tls.server_name.value_or("");
  settings.verify = store.tls.verify;
  const auto context = net::TlsContext::for_client(std::move(settings));
  if (!context) throw std::runtime_error("store.redis.tls: " + context.error().detail);
  return *context;
}

}  // namespace

Site::Site(config::RedisStore store) : store_(std::move(store)), tls_(context_for(store_)) {}

Settings Site::settings(Purpose purpose) const {
  Settings settings = settings_for(store_, purpose.use, std::move(purpose.name));
  if (purpose.timeout != milliseconds{0}) settings.timeout = purpose.timeout;
  settings.tls = tls_;
  if (store_.kind == config::RedisKind::Sentinel) {
    settings.role = Role::Master;
    // A master that froze takes connections, and Sentinel is not asked again before they end.
    settings.connect_timeout = std::min(settings.connect_timeout, kSentinelPatience);
  }
  return settings;
}

std::shared_ptr<Locator> Site::sentinel(net::Executor executor,
                                        net::DeadlineList& deadlines) const {
  SentinelSettings sentinel{store_.nodes, store_.master, settings({Use::Commands, {}, {}})};
  sentinel.connection.name = "warmfront-sentinel";
  sentinel.connection.user = store_.sentinel.user.value_or("");
  sentinel.connection.password = store_.sentinel.password.value_or("");
  sentinel.connection.database = 0;
  sentinel.connection.role = Role::Any;
  // One that does not answer is left for the next.
  sentinel.connection.connect_timeout = std::min(store_.connect_timeout, kSentinelPatience);
  return std::make_shared<SentinelLocator>(executor, deadlines, std::move(sentinel));
}

std::unique_ptr<Service> Site::service(net::Executor executor, net::DeadlineList& deadlines,
                                       Purpose purpose, Hooks hooks) const {
  switch (store_.kind) {
    case config::RedisKind::Server:
      break;
    case config::RedisKind::Sentinel:
      hooks.locator = sentinel(executor, deadlines);
      break;
    case config::RedisKind::Cluster: {
      ClusterSettings cluster;
      cluster.seeds = store_.nodes;
      cluster.read_replicas = store_.read_from == config::ReadFrom::Replica;
      cluster.connection = settings(std::move(purpose));
      return std::make_unique<Cluster>(executor, deadlines, std::move(cluster), std::move(hooks));
    }
  }
  return std::make_unique<Client>(executor, deadlines, settings(std::move(purpose)),
                                  std::move(hooks));
}

std::unique_ptr<Subscriber> Site::subscriber(net::Executor executor, net::DeadlineList& deadlines,
                                             std::string name,
                                             Subscriber::Callbacks callbacks) const {
  Settings connection = settings({Use::Push, std::move(name), {}});
  switch (store_.kind) {
    case config::RedisKind::Server:
      break;
    case config::RedisKind::Sentinel:
      callbacks.locator = sentinel(executor, deadlines);
      break;
    case config::RedisKind::Cluster:
      callbacks.locator =
          std::make_shared<ClusterLocator>(executor, deadlines, connection, store_.nodes);
      break;
  }
  return std::make_unique<Subscriber>(executor, deadlines, std::move(connection),
                                      std::move(callbacks));
}

}  // namespace wf::redis
