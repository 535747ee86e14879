// The chunks of large bodies in Redis, one key each.
//
// A chunk is never changed once it is written: its body's id is drawn anew for every fill. So a
// reader either gets the bytes of the body that it began with, or learns that they are lost.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "proxy/cache/chunk_codec.hpp"
#include "proxy/cache/redis_keys.hpp"
#include "proxy/net/notifier.hpp"
#include "proxy/redis/command.hpp"

namespace wf::cache {

/// Where the chunks of one body lie.
struct BodyName {
  KeyHash resource;  ///< for the hash tag: all keys of a resource share a slot
  EntityId id{};
  bool operator==(const BodyName&) const = default;
};

/// Readable from any thread.
struct ChunkCounters {
  std::atomic<std::uint64_t> read{0}, written{0};
  std::atomic<std::uint64_t> lost{0};     ///< asked for and not there
  std::atomic<std::uint64_t> unsound{0};  ///< there, but did not verify; counted as lost as well
};

/// One per worker, used on its thread. At most kInFlight chunks travel at a time, so that short
/// commands on the same connection are never far behind, and memory is bounded whatever the number
/// of readers.
class ChunkStore {
 public:
  static constexpr std::size_t kInFlight = 24;

  ChunkStore(redis::Commands& commands, RedisKeys keys);
  ChunkStore(const ChunkStore&) = delete;
  ChunkStore& operator=(const ChunkStore&) = delete;

  /// `bytes` as encode_chunk made them; `keep_for` at least 1 ms. One that times out is tried
  /// twice.
  [[nodiscard]] net::Task<Result<void>> put(BodyName body, std::uint32_t index, std::string bytes,
                                            Millis keep_for);
  /// Empty: lost. An error: Redis does not answer, also at the second attempt.
  [[nodiscard]] net::Task<Result<Chunk>> get(BodyName body, std::uint32_t index);

  enum class Prolonged : std::uint8_t { All, Lost };
  /// Gives chunks 1 to `last` at least `keep_for` from now. Lost: one of them is not there.
  [[nodiscard]] net::Task<Result<Prolonged>> prolong(BodyName body, std::uint32_t last,
                                                     Millis keep_for);

  [[nodiscard]] const ChunkCounters& counters() const noexcept { return counters_; }

 private:
  /// A place among those that travel; given back by its destruction.
  class Place;
  [[nodiscard]] net::Task<void> wait_for_place();
  [[nodiscard]] net::Task<Result<redis::Reply>> call(redis::Args args);

  redis::Commands& commands_;
  RedisKeys keys_;
  ChunkCounters counters_;
  std::size_t travelling_ = 0;
  net::Notifier arrived_;
};

}  // namespace wf::cache
