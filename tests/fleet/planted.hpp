// Stored answers that no origin was asked for, as many as are wanted.
#pragma once

#include "proxy/cache/record.hpp"
#include "tests/support/redis_server.hpp"

namespace wf::test {

struct Planting {
  cache::Stamp as_of;     ///< of the proxies that are to believe them
  std::size_t from = 0;   ///< the first number
  std::size_t count = 0;  ///< how many
};

/// Writes "/r/N" of HttpClient::kHost into Redis as a proxy with config_for's one route would: 200
/// bytes each, tagged "all" and "r:N", fresh for an hour. Throws std::runtime_error where Redis
/// does not take them.
void plant(const RedisServer& redis, const Planting& what);

}  // namespace wf::test
