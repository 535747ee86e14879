// From the targets of a purge order to selectors.
#pragma once

#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include "proxy/admin/purge_order.hpp"
#include "proxy/server/shared.hpp"

namespace wf::admin {

/// URLs, prefixes and patterns are "http://host/…", or begin with "/" where the order, or else the
/// configuration, names one host. They are made canonical as a request's target is, and a URL's
/// query is the one that its route keeps. The error is a sentence that names the target.
[[nodiscard]] boost::system::result<std::vector<invalidation::Selector>, std::string> selectors_of(
    const PurgeOrder& order, const server::Shared& shared);

}  // namespace wf::admin
