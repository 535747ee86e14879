// A stored body on its way out of Redis, with read-ahead.
//
// At most kAhead chunks are asked for or held besides the one that was handed out last, so that a
// slow client costs a bounded amount of memory and a fast one does not wait for round trips.
#pragma once

#include <deque>
#include <memory>

#include "proxy/cache/chunk_map.hpp"
#include "proxy/cache/chunk_store.hpp"
#include "proxy/net/spawn.hpp"

namespace wf::cache {

/// Used on its store's worker.
class ChunkReader {
 public:
  static constexpr std::size_t kAhead = 1;

  /// Bytes `span` of a body of `size` bytes. Nothing is asked for before the first `next`.
  ChunkReader(ChunkStore& store, net::TaskGroup& tasks, BodyName body, std::uint64_t size,
              ByteSpan span);
  ChunkReader(const ChunkReader&) = delete;
  ChunkReader& operator=(const ChunkReader&) = delete;
  ~ChunkReader() = default;

  /// The bytes up to a chunk's end; empty at the end of the span. An error of Side::Store where a
  /// chunk is lost or Redis does not answer; `at` says from where on the body is missing.
  [[nodiscard]] net::Task<Result<Chunk>> next();
  /// Waits for what `next` will say: false if that is an error.
  [[nodiscard]] net::Task<bool> prime();
  /// The next byte's place in the body.
  [[nodiscard]] std::uint64_t at() const noexcept { return at_; }

 private:
  struct Fetch;
  class Arrival;
  void ask_ahead();
  /// The chunk of at_.
  [[nodiscard]] net::Task<Result<Chunk>> front();
  [[nodiscard]] static net::Task<void> fetch(ChunkStore& store, BodyName body, std::uint32_t index,
                                             std::shared_ptr<Fetch> into);

  ChunkStore& store_;
  net::TaskGroup& tasks_;
  BodyName body_;
  std::uint64_t size_;
  std::uint64_t at_;
  std::uint64_t end_;
  std::uint64_t next_asked_;                  // index
  std::deque<std::shared_ptr<Fetch>> asked_;  // in order, the first for the chunk of at_
};

/// All of it after `begin` at once, for a body that is small enough to be held in memory. Empty: a
/// chunk is lost.
[[nodiscard]] net::Task<Result<std::vector<Chunk>>> read_all(ChunkReader& reader);

}  // namespace wf::cache
