#include "proxy/server/invalidate.hpp"

#include "proxy/message/json_members.hpp"
#include "proxy/observe/log.hpp"
#include "proxy/policy/tags.hpp"
#include "proxy/server/selectors.hpp"

namespace wf::server {

namespace {

using invalidation::Selector;

void add_standard(Worker& worker, const Request& request, const WriteAnswer& answer,
                  std::vector<Selector>& selectors) {
  const policy::RequestUri uri = request_uri(request);
  const Site site{request.authority, request.head.host.host};
  for (const policy::InvalidUri& invalid : policy::invalidated_uris(uri, answer.fields)) {
    selectors.push_back(stored_uri(worker.shared(), site, invalid));
  }
  const std::string origin = std::string{uri.scheme}.append("://").append(uri.host);
  for (const std::string& group : policy::invalidated_groups(answer.fields, origin)) {
    auto selector = invalidation::tag_selector(group);
    if (selector) selectors.push_back(std::move(*selector));
  }
}

void add_templates(Worker& worker, const Request& request, const WriteAnswer& answer,
                   std::vector<Selector>& selectors) {
  const policy::RouteTemplates& templates = *request.route.templates;
  const OwnedFields sent = message::json_scalars(answer.request_body, templates.request_members);
  const OwnedFields came = message::json_scalars(answer.body, templates.response_members);
  const std::vector<Field> request_body = views(sent);
  const std::vector<Field> response_body = views(came);
  const policy::TemplateValues values{request.route.params, request.target.query,
                                      request.facts.fields, request_body, response_body};
  policy::Expanded named = template_selectors(templates, values, request.authority);
  for (std::string& text : named.texts) selectors.push_back(std::move(text));
  if (named.missing == 0) return;
  worker.tally().missing_values.add(named.missing);
  spdlog::debug("route {}: {} {}: {} of its invalidate templates had no value",
                request.route.route->name, request.head.method_text, answer.status, named.missing);
}

std::string_view note_of(invalidation::Receipt::State state) noexcept {
  using State = invalidation::Receipt::State;
  switch (state) {
    case State::Pending:
      return "Warmfront-Invalidation: pending\r\n";
    case State::TimedOut:
      return "Warmfront-Invalidation: timed-out\r\n";
    case State::Everywhere:
    case State::ByLease:
    case State::Accepted:
    case State::Local:
      break;
  }
  return {};
}

}  // namespace

Millis coherence_timeout(const config::Config& config) {
  const auto& redis = config.store.redis;
  return redis ? redis->coherence_timeout : Millis{0};
}

policy::RequestUri request_uri(const Request& request) {
  policy::RequestUri uri;
  uri.scheme = "http";
  uri.host = request.authority;
  uri.path = request.head.target.path;
  uri.query = request.head.target.query;
  uri.has_query = request.head.target.has_query;
  return uri;
}

net::Task<std::string_view> invalidate_after(Worker& worker, const Request& request,
                                             WriteAnswer answer) {
  invalidation::Purge purge;
  add_standard(worker, request, answer, purge.selectors);
  add_templates(worker, request, answer, purge.selectors);
  purge.wait = request.route.route->invalidate.wait;
  worker.tally().purges.add();
  RedisLink* redis = worker.redis();
  const auto receipt = co_await worker.shared().purge_log.purge(
      redis == nullptr ? nullptr : redis->service.get(), std::move(purge),
      coherence_timeout(worker.config()));
  co_return note_of(receipt.state);
}

}  // namespace wf::server
