#include "config/shadowing.hpp"

#include <algorithm>
#include <string_view>

#include "config/template_syntax.hpp"

namespace wf::config {
namespace {

using Segments = std::vector<Segment>;

/// Whether whatever `later` matches in its place, `earlier` matches too. An empty literal (a
/// trailing slash) is no value of a parameter.
bool segment_covers(const Segment& earlier, const Segment& later) {
  using Kind = Segment::Kind;
  if (later.kind == Kind::Rest) return false;
  if (earlier.kind == Kind::Literal) return earlier == later;
  return later.kind == Kind::Parameter || !later.text.empty();
}

bool path_covers(const Segments& earlier, const Segments& later) {
  for (std::size_t i = 0; i < earlier.size(); ++i) {
    if (i == later.size()) return false;
    if (earlier[i].kind == Segment::Kind::Rest) return true;
    if (!segment_covers(earlier[i], later[i])) return false;
  }
  return earlier.size() == later.size();
}

bool methods_cover(const Match& earlier, const Match& later) {
  if (earlier.methods.empty()) return true;
  const auto& taken = earlier.methods;
  return !later.methods.empty() &&
         std::all_of(later.methods.begin(), later.methods.end(), [&](const std::string& method) {
           return std::find(taken.begin(), taken.end(), method) != taken.end();
         });
}

bool host_covers(std::string_view earlier, std::string_view later) {
  if (earlier == later) return true;
  // "*.example.com" takes every host that ends in ".example.com", other wildcards too.
  return earlier.starts_with('*') && later.ends_with(earlier.substr(1)) &&
         later.size() >= earlier.size();
}

bool hosts_cover(const Match& earlier, const Match& later) {
  if (earlier.hosts.empty()) return true;
  const auto& taken = earlier.hosts;
  return !later.hosts.empty() &&
         std::all_of(later.hosts.begin(), later.hosts.end(), [&](const std::string& host) {
           return std::any_of(taken.begin(), taken.end(), [&](const std::string& pattern) {
             return host_covers(pattern, host);
           });
         });
}

}  // namespace

std::vector<Shadow> shadowed_routes(const std::vector<Route>& routes) {
  std::vector<Segments> paths;
  for (const Route& route : routes) {
    auto parsed = parse_path_template(route.match.path);
    paths.push_back(parsed ? std::move(*parsed) : Segments{});  // empty: never compared
  }
  std::vector<Shadow> shadows;
  for (std::size_t later = 0; later < routes.size(); ++later) {
    for (std::size_t earlier = 0; earlier < later && !paths[later].empty(); ++earlier) {
      const bool covered = !paths[earlier].empty() && path_covers(paths[earlier], paths[later]) &&
                           methods_cover(routes[earlier].match, routes[later].match) &&
                           hosts_cover(routes[earlier].match, routes[later].match);
      if (!covered) continue;
      shadows.push_back({later, earlier});
      break;
    }
  }
  return shadows;
}

}  // namespace wf::config
