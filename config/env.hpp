// `${NAME}` in the values of a configuration file.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "config/parsed.hpp"

namespace wf::config {

/// The value of an environment variable, or nothing if it is not set.
using EnvLookup = std::function<std::optional<std::string>(const std::string& name)>;

/// Looks into this process' environment. Not safe while another thread changes it.
[[nodiscard]] EnvLookup process_environment();

/// Replaces `${NAME}` by the variable's value and `${NAME:-default}` by the default where the
/// variable is unset or empty. `$${` stands for a plain `${`; a `$` that no `{` follows is itself.
/// What was put in is not looked at again.
[[nodiscard]] Parsed<std::string> expand(std::string_view text, const EnvLookup& env);

}  // namespace wf::config
