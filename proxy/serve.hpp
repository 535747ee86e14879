// `warmfront --config FILE`: from the configuration to the last answer, and what signals mean.
#pragma once

#include <string>

namespace wf {

/// Until SIGTERM or SIGINT; SIGHUP reloads the file and opens the access log anew, SIGUSR1 does
/// only the latter. Returns the exit status: 0, 1 where it cannot start, 2 for a bad configuration.
[[nodiscard]] int serve(const std::string& path);

/// 0, or 2 and every problem on standard error.
[[nodiscard]] int check(const std::string& path);

}  // namespace wf
