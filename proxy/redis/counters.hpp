// What a connection and its client have seen. Written on one thread, read on any.
#pragma once

#include <atomic>
#include <cstdint>

#include "proxy/redis/breaker.hpp"

namespace wf::redis {

enum class Link : std::uint8_t { Down, Up };

/// Counts since the start.
struct Counters {
  std::atomic<std::uint64_t> sent{0};      ///< commands given to the connection
  std::atomic<std::uint64_t> ok{0};        ///< answered, not by an error
  std::atomic<std::uint64_t> rejected{0};  ///< answered by an error
  std::atomic<std::uint64_t> timeouts{0};
  std::atomic<std::uint64_t> lost{0};         ///< given up because the connection broke
  std::atomic<std::uint64_t> unavailable{0};  ///< not sent: breaker open, no connection, too many
  std::atomic<std::uint64_t> connects{0};     ///< connections that came up
  std::atomic<std::uint64_t> disconnects{0};  ///< connections that were up and ended
  std::atomic<std::uint64_t> failed_connects{0};
  std::atomic<Link> link{Link::Down};
  std::atomic<Breaker::State> breaker{Breaker::State::Closed};
};

inline void count(std::atomic<std::uint64_t>& counter) noexcept {
  counter.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace wf::redis
