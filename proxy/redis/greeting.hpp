// What is said first on a new connection.
#pragma once

#include "proxy/redis/command.hpp"
#include "proxy/redis/settings.hpp"

namespace wf::redis {

/// AUTH, SELECT and CLIENT SETNAME as the settings ask for, then PING, which tells a server that is
/// loading (FM-07) or wants a password (FM-15), and what the role asks for: ROLE or READONLY. The
/// error's detail names the step, never a secret.
[[nodiscard]] net::Task<Result<void>> greet(Commands& commands, const Settings& settings);

}  // namespace wf::redis
