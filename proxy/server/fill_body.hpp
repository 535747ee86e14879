// The body of a fill on its way: from its source to those who read it and, piece by piece while it
// arrives, to Redis.
//
// A body within `memory` is kept whole. A larger one is kept as far as it is not in Redis yet, and
// those who come late or read slowly read the earlier chunks back from there. Where it cannot be
// stored, it passes through to those who read it, no faster than the slowest of them.
#pragma once

#include <functional>
#include <optional>

#include "proxy/cache/chunk_writer.hpp"
#include "proxy/cache/fill.hpp"
#include "proxy/cache/fleet_lock.hpp"
#include "proxy/server/body_source.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

struct FillLimits {
  std::uint64_t object = 0;  ///< a larger body is not stored
  std::uint64_t memory = 0;  ///< a larger one is not kept whole in memory
};

class FillBody {
 public:
  /// `lock`: null, or held: then chunks go to Redis as `chunks` says.
  FillBody(Worker& worker, cache::Fill& fill, cache::FleetLock* lock, FillLimits limits);

  /// Before pump: large bodies are written to Redis, and announced there as `begun` once the first
  /// chunk is full, if their size is known.
  void store_chunks(cache::ChunkOrder order, cache::RecordPtr begun);

  enum class Kept : std::uint8_t {
    No,      ///< it broke off, or passed through; the feed has ended
    Whole,   ///< in the feed; the feed has not ended yet
    Chunks,  ///< in Redis alone, but for chunk 0; the feed has not ended yet
  };
  /// From the source to the feed until the end. `abandon` is called when nobody reads any more.
  [[nodiscard]] net::Task<Kept> pump(BodySource& source);
  /// As pump, of a body that nobody may store.
  [[nodiscard]] net::Task<void> pass(BodySource& source);

  /// The bytes of chunk 0, once the body has passed.
  [[nodiscard]] const std::vector<Chunk>& first() const { return writer_->first(); }
  /// Waits until every chunk is in Redis: false where that failed.
  [[nodiscard]] net::Task<bool> finish_chunks();
  /// Whether the body is large enough to lie in chunks.
  [[nodiscard]] bool in_chunks() const noexcept { return writer_ && writer_->large(); }

 private:
  /// The next piece, which is in the feed already.
  [[nodiscard]] net::Task<void> keep(Chunk piece);
  [[nodiscard]] net::Task<void> give_up();

  Worker& worker_;
  cache::Fill& fill_;
  cache::FleetLock* const lock_;
  const FillLimits limits_;
  std::optional<cache::ChunkWriter> writer_;
  cache::RecordPtr begun_;  // null: nothing to announce, or it was
  bool keeping_ = true;
};

}  // namespace wf::server
