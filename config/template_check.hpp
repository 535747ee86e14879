// Whether the names in a route's templates are there when the templates are filled.
#pragma once

#include <cstddef>
#include <vector>

#include "config/types.hpp"
#include "config/validate.hpp"

namespace wf::config {

/// `index` is the route's place in the configuration.
void check_templates(const Route& route, std::size_t index, std::vector<Finding>& findings);

}  // namespace wf::config
