// The address of Redis as a URL.
#pragma once

#include <string_view>

#include "config/parsed.hpp"
#include "config/types.hpp"

namespace wf::config {

/// `redis://[user[:password]@]host[:port][/db]` or `unix:///path[?db=0]`, with `%XX` in user,
/// password and path. Returns a RedisStore whose address, user, password and database are set and
/// whose other members are the defaults. Faults never repeat the user information.
[[nodiscard]] Parsed<RedisStore> parse_redis_url(std::string_view text);

}  // namespace wf::config
