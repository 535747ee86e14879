#include "proxy/admin/purge_targets.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "config/parsed.hpp"
#include "config/wording.hpp"
#include "proxy/policy/tags.hpp"
#include "proxy/policy/uri.hpp"
#include "proxy/server/selectors.hpp"

namespace wf::admin {

namespace {

using config::fault;
using config::Parsed;
using invalidation::Selector;

/// A site and what follows it, owned.
struct Place {
  std::string authority;
  std::string host;
  std::string rest;  ///< begins with '/', or '*' in a pattern
};

/// The one host that the listeners answer for, if it is one.
std::string only_host(const config::Config& config) {
  std::string host;
  for (const config::Listener& listener : config.listen) {
    if (listener.hosts.size() != 1) return {};
    if (!host.empty() && host != listener.hosts.front()) return {};
    host = listener.hosts.front();
  }
  return host;
}

class Targets {
 public:
  Targets(const PurgeOrder& order, const server::Shared& shared)
      : shared_(shared),
        default_host_(order.host.empty() ? only_host(*shared.config) : order.host) {}

  Parsed<Selector> url(const std::string& text) const {
    auto place = split(text);
    if (!place) return place.error();
    std::string scratch;
    const auto target = policy::parse_target(place->rest, policy::Method::Get, scratch);
    if (!target) return fault(std::string{to_string(target.error())});
    const policy::InvalidUri uri{std::string{target->path}, std::string{target->query},
                                 target->has_query};
    return server::stored_uri(shared_, {place->authority, place->host}, uri);
  }

  Parsed<Selector> prefix(const std::string& text) const {
    auto place = split(text);
    if (!place) return place.error();
    std::string scratch;
    const auto target = policy::parse_target(place->rest, policy::Method::Get, scratch);
    if (!target) return fault(std::string{to_string(target.error())});
    if (target->has_query) return fault("a prefix is one of paths, without a query");
    return told(invalidation::prefix_selector(place->authority, target->path));
  }

  Parsed<Selector> pattern(const std::string& text) const {
    auto place = split(text);
    if (!place) return place.error();
    return told(invalidation::pattern_selector(place->authority, place->rest));
  }

  static Parsed<Selector> tag(const std::string& text) {
    return told(invalidation::tag_selector(policy::normal_tag(text)));
  }

  Parsed<Selector> name(const std::string& text) const {
    const auto setup = shared_.setup();
    std::vector<std::string_view> known{"*"};
    for (const config::Route& route : setup->config->routes) known.emplace_back(route.name);
    if (std::find(known.begin(), known.end(), text) == known.end()) {
      return fault("no route has that name" + config::suggestion(text, known));
    }
    return told(invalidation::namespace_selector(text));
  }

 private:
  static Parsed<Selector> told(Result<Selector> selector) {
    if (!selector) return fault(selector.error().detail);
    return std::move(*selector);
  }

  Parsed<Place> split(const std::string& text) const {
    std::string_view rest = text;
    std::string_view scheme = "http";
    std::string_view authority = default_host_;
    const auto mark = rest.find("://");
    if (mark != std::string_view::npos && mark < rest.find_first_of("/?*")) {
      scheme = rest.substr(0, mark);
      if (scheme != "http" && scheme != "https") return fault("a scheme other than http");
      rest.remove_prefix(mark + 3);
      const auto end = std::min(rest.find_first_of("/?"), rest.size());
      authority = rest.substr(0, end);
      rest.remove_prefix(end);
      if (rest.empty()) rest = "/";
    }
    if (authority.empty()) return fault("no host: write http://host/… or name the host");
    std::string scratch;
    const auto host = policy::parse_host(authority, scratch);
    if (!host) return fault("not a host: " + config::quoted(authority));
    if (!rest.starts_with('/') && !rest.starts_with('*')) {
      return fault("expected http://host/… or a path");
    }
    return Place{std::string{policy::without_default_port(*host, scheme)}, std::string{host->host},
                 std::string{rest}};
  }

  const server::Shared& shared_;
  const std::string default_host_;
};

}  // namespace

boost::system::result<std::vector<Selector>, std::string> selectors_of(
    const PurgeOrder& order, const server::Shared& shared) {
  const Targets targets{order, shared};
  std::vector<Selector> out;
  std::string wrong;
  const auto add = [&](std::string_view list, const std::vector<std::string>& texts, auto make) {
    for (std::size_t i = 0; wrong.empty() && i < texts.size(); ++i) {
      auto selector = make(texts[i]);
      if (selector) {
        out.push_back(std::move(*selector));
      } else {
        wrong =
            fmt::format("{}[{}]: {}: {}", list, i, config::quoted(texts[i]), selector.error().what);
      }
    }
  };
  add("urls", order.urls, [&](const std::string& text) { return targets.url(text); });
  add("tags", order.tags, [](const std::string& text) { return Targets::tag(text); });
  add("prefixes", order.prefixes, [&](const std::string& text) { return targets.prefix(text); });
  add("patterns", order.patterns, [&](const std::string& text) { return targets.pattern(text); });
  add("namespaces", order.namespaces, [&](const std::string& text) { return targets.name(text); });
  if (!wrong.empty()) return wrong;
  return out;
}

}  // namespace wf::admin
