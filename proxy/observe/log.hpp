// The process' own log, on standard error: what operators read.
#pragma once

#include <spdlog/spdlog.h>

#include "config/types.hpp"

namespace wf::observe {

/// Sets level and format of spdlog's default logger; messages go to standard error.
void start_log(config::LogLevel level);
/// Its level from now on. From any thread.
void set_log_level(config::LogLevel level);

}  // namespace wf::observe
