// Checks of settings against each other: names that refer to nothing, routes that are never
// reached, bounds that contradict.
#pragma once

#include <string>
#include <vector>

#include "config/types.hpp"

namespace wf::config {

/// What is wrong with the value at `path` (written as in the file, "routes[1].cache.min_ttl").
struct Finding {
  std::string path;
  std::string what;
  bool operator==(const Finding&) const = default;
};

/// Expects values that are well-formed each by itself (see reading.hpp); what is not is passed
/// over. Returns nothing for a configuration that can run.
[[nodiscard]] std::vector<Finding> validate(const Config& config);

}  // namespace wf::config
