#include "proxy/server/selectors.hpp"

#include "proxy/policy/tags.hpp"
#include "proxy/policy/uri.hpp"

namespace wf::server {

namespace {

using invalidation::Selector;

void add(Result<Selector> selector, policy::Expanded& out) {
  if (selector) {
    out.texts.push_back(std::move(*selector));
  } else {
    ++out.missing;
  }
}

}  // namespace

Selector stored_uri(const Shared& shared, Site site, const policy::InvalidUri& uri) {
  policy::Target target;
  target.path = uri.path;
  target.query = uri.query;
  target.has_query = uri.has_query;
  std::string scratch;
  const auto setup = shared.setup();
  const auto route = setup->routes.match(site.host, "GET", uri.path).route;
  if (route != nullptr && route->cache) {
    policy::apply_query_rule(target, route->cache->query, scratch);
  }
  return invalidation::uri_selector(site.authority, target.path, target.query, target.has_query);
}

policy::Expanded template_selectors(const policy::RouteTemplates& templates,
                                    const policy::TemplateValues& values,
                                    std::string_view authority) {
  using policy::ValueForm;
  const auto tags = policy::expand_all(templates.purged_tags, values, ValueForm::Tag);
  const auto paths = policy::expand_all(templates.purged_paths, values, ValueForm::Path);
  const auto prefixes = policy::expand_all(templates.purged_prefixes, values, ValueForm::Path);
  const auto patterns = policy::expand_all(templates.purged_patterns, values, ValueForm::Pattern);
  policy::Expanded out;
  out.missing = tags.missing + paths.missing + prefixes.missing + patterns.missing;
  for (const std::string& tag : tags.texts) {
    add(invalidation::tag_selector(policy::normal_tag(tag)), out);
  }
  for (const std::string& path : paths.texts) {
    out.texts.push_back(invalidation::path_selector(authority, path));
  }
  for (const std::string& prefix : prefixes.texts) {
    add(invalidation::prefix_selector(authority, prefix), out);
  }
  for (const std::string& pattern : patterns.texts) {
    add(invalidation::pattern_selector(authority, pattern), out);
  }
  return out;
}

}  // namespace wf::server
