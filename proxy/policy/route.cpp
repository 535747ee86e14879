#include "proxy/policy/route.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "proxy/policy/facts.hpp"

namespace wf::policy {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

template <class T>
T unwrap(boost::system::result<T, std::string> parsed, const config::Route& route) {
  if (!parsed) throw std::invalid_argument("route '" + route.name + "': " + parsed.error());
  return std::move(*parsed);
}

std::vector<TextTemplate> parse_all(const std::vector<std::string>& texts, const PathTemplate& path,
                                    const config::Route& route) {
  const auto names = path.names();
  std::vector<TextTemplate> out;
  for (const std::string& text : texts) {
    out.push_back(unwrap(TextTemplate::parse(text, names), route));
  }
  return out;
}

void add_names(const std::vector<TextTemplate>& templates, ValueSource source,
               std::vector<std::string>& out) {
  for (const TextTemplate& text : templates) {
    for (std::string& name : text.names(source)) {
      if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(std::move(name));
    }
  }
}

RouteTemplates compile(const config::Route& route, const PathTemplate& path) {
  RouteTemplates out;
  if (route.cache) out.tags = parse_all(route.cache->tags, path, route);
  out.purged_tags = parse_all(route.invalidate.tags, path, route);
  out.purged_paths = parse_all(route.invalidate.paths, path, route);
  out.purged_prefixes = parse_all(route.invalidate.prefixes, path, route);
  out.purged_patterns = parse_all(route.invalidate.patterns, path, route);
  add_names(out.tags, ValueSource::Response, out.tag_members);
  for (const auto* purged :
       {&out.purged_tags, &out.purged_paths, &out.purged_prefixes, &out.purged_patterns}) {
    add_names(*purged, ValueSource::Request, out.request_members);
    add_names(*purged, ValueSource::Response, out.response_members);
  }
  return out;
}

bool takes(const config::Match& rule, std::string_view host, std::string_view method) noexcept {
  // QUERY and the like are for those who ask for them (F8): an origin may not know them.
  const bool method_fits =
      rule.methods.empty()
          ? is_usual(parse_method(method))
          : std::find(rule.methods.begin(), rule.methods.end(), method) != rule.methods.end();
  return method_fits &&
         (rule.hosts.empty() || std::any_of(rule.hosts.begin(), rule.hosts.end(),
                                            [&](const auto& h) { return host_matches(h, host); }));
}

}  // namespace

struct RouteTable::Search {
  std::string_view host;
  std::string_view method;
  std::size_t best = kNone;
};

bool host_matches(std::string_view pattern, std::string_view host) noexcept {
  if (!pattern.starts_with("*.")) return pattern == host;
  pattern.remove_prefix(1);
  return host.size() > pattern.size() && host.ends_with(pattern);
}

RouteTable::RouteTable(std::shared_ptr<const config::Config> config)
    : config_(std::move(config)), nodes_(1) {
  for (std::size_t i = 0; i < config_->routes.size(); ++i) {
    const config::Route& route = config_->routes[i];
    Compiled compiled{unwrap(PathTemplate::parse(route.match.path), route), {}};
    compiled.templates = compile(route, compiled.path);
    routes_.push_back(std::move(compiled));
    insert(i);
  }
}

void RouteTable::insert(std::size_t index) {
  std::size_t at = 0;
  for (const auto& segment : routes_[index].path.segments()) {
    if (segment.kind == PathTemplate::Segment::Kind::Rest) {
      nodes_[at].rests.push_back(index);
      return;
    }
    at = child_for(at, segment);
    // Routes come in order, so the first to pass through a node has the least index.
    if (nodes_[at].first == kNone) nodes_[at].first = index;
  }
  nodes_[at].ends.push_back(index);
}

std::size_t RouteTable::child_for(std::size_t node, const PathTemplate::Segment& segment) {
  const bool param = segment.kind == PathTemplate::Segment::Kind::Param;
  if (param && nodes_[node].param != 0) return nodes_[node].param;
  if (!param) {
    if (const auto* child = find_literal(nodes_[node], segment.text)) return child->node;
  }
  const std::size_t created = nodes_.size();
  nodes_.emplace_back().first = kNone;
  if (param) {
    nodes_[node].param = created;
    return created;
  }
  auto& literals = nodes_[node].literals;
  literals.push_back({segment.text, created});
  std::sort(literals.begin(), literals.end(),
            [](const auto& a, const auto& b) { return a.segment < b.segment; });
  return created;
}

const RouteTable::Node::Child* RouteTable::find_literal(const Node& node,
                                                        std::string_view segment) const noexcept {
  const auto it =
      std::lower_bound(node.literals.begin(), node.literals.end(), segment,
                       [](const Node::Child& c, std::string_view s) { return c.segment < s; });
  return it != node.literals.end() && it->segment == segment ? &*it : nullptr;
}

void RouteTable::consider(const std::vector<std::size_t>& routes, Search& search) const noexcept {
  for (const std::size_t index : routes) {
    if (index >= search.best) return;
    if (takes(config_->routes[index].match, search.host, search.method)) search.best = index;
  }
}

/// As deep as the longest template, whatever the path. A branch that cannot hold an earlier route
/// than the best one found is left out.
void RouteTable::descend(std::size_t node, std::string_view rest, Search& search) const noexcept {
  const Node& here = nodes_[node];
  if (here.first >= search.best) return;
  consider(here.rests, search);
  if (rest.empty()) {
    consider(here.ends, search);
    return;
  }
  const auto segment = next_segment(rest);
  if (const auto* child = find_literal(here, segment)) descend(child->node, rest, search);
  if (here.param != 0 && !segment.empty()) descend(here.param, rest, search);
}

RouteMatch RouteTable::match(std::string_view host, std::string_view method,
                             std::string_view path) const noexcept {
  RouteMatch out;
  // The asterisk form ("OPTIONS *") names the server, not a path; only `/**` takes it.
  Search search{host, method};
  descend(0, path.starts_with('/') ? path : std::string_view{}, search);
  if (search.best == kNone) return out;
  out.route = &config_->routes[search.best];
  out.templates = &routes_[search.best].templates;
  out.index = search.best;
  if (!routes_[search.best].path.match(path, out.params)) out.params.clear();
  return out;
}

}  // namespace wf::policy
