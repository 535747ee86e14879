// The address of Redis as a URL.
#pragma once

#include <string_view>

#include "config/parsed.hpp"
#include "config/types.hpp"

namespace wf::config {

/// With `%XX` in user, password and path:
///     redis://[user[:password]@]host[:port][/db]                    one server; rediss:// by TLS
///     unix:///path[?db=0]
///     redis+sentinel://[user[:password]@]host[:port],…/master[/db]  rediss+sentinel:// by TLS
///     redis+cluster://[user[:password]@]host[:port],…               rediss+cluster:// by TLS
/// Returns a RedisStore with what the URL says and defaults for the rest. Faults never repeat the
/// user information.
[[nodiscard]] Parsed<RedisStore> parse_redis_url(std::string_view text);

}  // namespace wf::config
