// From a YAML file to the settings, or to everything that is wrong with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "config/env.hpp"
#include "config/problem.hpp"
#include "config/types.hpp"

namespace wf::config {

/// A checked configuration, or all problems in the order of the file; never an empty list.
using Loaded = boost::system::result<Config, std::vector<Problem>>;

/// Larger files are refused unread (SEC-27).
constexpr Bytes kMaxFileSize = 1_MiB;

/// Reads and checks the file. What cannot be opened or read is a problem without a line.
[[nodiscard]] Loaded load_file(const std::string& path, const EnvLookup& env);

/// The same for a text; `name` stands for the file in problems.
[[nodiscard]] Loaded load_text(std::string_view text, std::string name, const EnvLookup& env);

}  // namespace wf::config
