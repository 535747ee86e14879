// One question on a connection of its own.
#pragma once

#include <string>
#include <vector>

#include "proxy/net/deadline.hpp"
#include "proxy/redis/reply.hpp"
#include "proxy/redis/settings.hpp"

namespace wf::redis {

/// Connects, introduces itself, asks and leaves, all within `settings.connect_timeout`. For what is
/// asked seldom, of servers that may be down: who is the master, who owns which slot. The reply is
/// never an error reply.
[[nodiscard]] net::Task<Result<Reply>> ask_once(net::DeadlineList& deadlines, Settings settings,
                                                config::Address address,
                                                std::vector<std::string> command);

}  // namespace wf::redis
