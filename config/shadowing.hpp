// Routes that no request can reach because an earlier one takes all of theirs.
#pragma once

#include <cstddef>
#include <vector>

#include "config/types.hpp"

namespace wf::config {

struct Shadow {
  std::size_t route = 0;  ///< never reached
  std::size_t by = 0;     ///< the first one that matches whatever `route` matches; smaller
};

/// Finds each route that a single earlier one covers; that several do so together is not seen.
/// Routes whose path is malformed are passed over.
[[nodiscard]] std::vector<Shadow> shadowed_routes(const std::vector<Route>& routes);

}  // namespace wf::config
