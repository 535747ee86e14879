// From what a purge is told to what it names in the log.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/invalidation/purge.hpp"
#include "proxy/policy/invalidation.hpp"
#include "proxy/policy/text_template.hpp"
#include "proxy/server/shared.hpp"

namespace wf::server {

/// A URI's place: its authority as keyed, and the same without port, for routing.
struct Site {
  std::string_view authority;
  std::string_view host;
};

/// A URI is stored under the query that the route of its GET keeps, so that is what is purged.
[[nodiscard]] invalidation::Selector stored_uri(const Shared& shared, Site site,
                                                const policy::InvalidUri& uri);

/// What the templates of the route name; how many lacked a value, or made a text that no purge can
/// have.
[[nodiscard]] policy::Expanded template_selectors(const policy::RouteTemplates& templates,
                                                  const policy::TemplateValues& values,
                                                  std::string_view authority);

}  // namespace wf::server
