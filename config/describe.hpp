// A configuration in a few lines for people.
#pragma once

#include <string>

#include "config/types.hpp"

namespace wf::config {

/// Listeners, stores, upstreams and a table of the routes, several lines that end in a newline.
/// Holds no password.
[[nodiscard]] std::string describe(const Config& config);

}  // namespace wf::config
