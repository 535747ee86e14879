// What the process gives up once its sockets are bound, before it accepts: the rights of root, core
// dumps, new privileges, and all system calls that a running proxy does not need.
#pragma once

#include "config/types.hpp"

namespace wf::confine {

/// Once, when all is bound and opened that needs rights; threads may run. Tells in the log what was
/// done. Throws std::runtime_error with what to do where the configuration asks for what cannot be.
void give_up_rights(const config::Config& config);

}  // namespace wf::confine
