#include "proxy/server/invalidate.hpp"

#include "proxy/policy/invalidation.hpp"
#include "proxy/policy/uri.hpp"

namespace wf::server {

namespace {

/// A URI is stored under the query that the route of its GET keeps, so that is what is purged.
invalidation::Selector selector_for(Worker& worker, const Request& request,
                                    const policy::InvalidUri& uri) {
  if (uri.every_query) return invalidation::path_selector(request.authority, uri.path);
  policy::Target target;
  target.path = uri.path;
  target.query = uri.query;
  target.has_query = uri.has_query;
  std::string scratch;
  const auto route = worker.shared().routes.match(request.head.host.host, "GET", uri.path).route;
  if (route != nullptr && route->cache) {
    policy::apply_query_rule(target, route->cache->query, scratch);
  }
  return invalidation::uri_selector(request.authority, target.path, target.query, target.has_query);
}

}  // namespace

policy::RequestUri request_uri(const Request& request) {
  policy::RequestUri uri;
  uri.scheme = "http";
  uri.host = request.authority;
  uri.path = request.head.target.path;
  uri.query = request.head.target.query;
  uri.has_query = request.head.target.has_query;
  return uri;
}

net::Task<bool> invalidate_after(Worker& worker, const Request& request, unsigned status,
                                 FieldSpan response) {
  if (!policy::invalidates(request.method(), status)) co_return false;
  const policy::RequestUri uri = request_uri(request);
  std::vector<invalidation::Selector> selectors;
  for (const policy::InvalidUri& invalid : policy::invalidated_uris(
           uri, response, worker.shared().routes.invalidate_paths(request.route.index),
           request.route.params)) {
    selectors.push_back(selector_for(worker, request, invalid));
  }
  RedisLink* redis = worker.redis();
  const auto purged = co_await worker.shared().purge_log.purge(
      redis == nullptr ? nullptr : redis->service.get(), std::move(selectors));
  co_return purged == invalidation::Purged::Pending;
}

}  // namespace wf::server
