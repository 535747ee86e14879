// What reading a document gathers besides the settings: problems, and where each value stands.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/env.hpp"
#include "config/problem.hpp"
#include "config/types.hpp"

namespace wf::config {

struct Reading {
  Config config;                          ///< defaults where a value could not be read
  std::vector<Problem> problems;          ///< in the order in which they were met
  std::map<std::string, Position> found;  ///< path of every value that was looked at
  std::set<std::string> known;            ///< keys that were asked for, "routes[].cache.ttl"
};

/// Reads a document into settings without comparing them with each other (see validate.hpp).
[[nodiscard]] Reading read_document(std::string_view text, std::string file, const EnvLookup& env);

}  // namespace wf::config
