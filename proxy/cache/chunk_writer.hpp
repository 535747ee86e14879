// A body on its way into Redis, chunk by chunk, while it arrives.
//
// Nothing is written before it is known that the body is a large one. From then on the one who
// brings the bytes waits while kUnstored bytes have not been confirmed: an origin is read no faster
// than Redis takes it.
#pragma once

#include <memory>
#include <vector>

#include "proxy/cache/chunk_map.hpp"
#include "proxy/cache/chunk_store.hpp"
#include "proxy/net/spawn.hpp"

namespace wf::cache {

struct ChunkOrder {
  BodyName body;
  Millis keep_for{0};
  Coding coding = Coding::Plain;
};

/// Used on its store's worker. What is on its way when it is destroyed still arrives, and expires.
class ChunkWriter {
 public:
  static constexpr std::uint64_t kUnstored = 4 * kChunkBytes;

  ChunkWriter(ChunkStore& store, net::TaskGroup& tasks, ChunkOrder order);
  ChunkWriter(const ChunkWriter&) = delete;
  ChunkWriter& operator=(const ChunkWriter&) = delete;
  ~ChunkWriter() = default;

  /// The next bytes. False once a chunk could not be stored: then the body is not in Redis.
  [[nodiscard]] net::Task<bool> take(Chunk piece);
  /// The body has ended: true when every chunk of it is in Redis, or when it has none but chunk 0.
  [[nodiscard]] net::Task<bool> finish();

  /// More than chunk 0 has come: chunks are written.
  [[nodiscard]] bool large() const noexcept { return size_ > kInlineBody; }
  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// Everything before this offset can be read back; 0 as long as nothing is written.
  [[nodiscard]] std::uint64_t stored() const noexcept;
  /// The bytes of chunk 0, for the record.
  [[nodiscard]] const std::vector<Chunk>& first() const noexcept { return first_; }
  [[nodiscard]] const BodyName& body() const noexcept { return order_.body; }

 private:
  struct Progress;
  class Write;
  [[nodiscard]] net::Task<void> flush();
  [[nodiscard]] net::Task<void> wait_until_unstored_below(std::uint64_t bytes);
  void begin_write(ByteSpan span, std::vector<Chunk> pieces);
  [[nodiscard]] static net::Task<void> write(ChunkStore& store, ChunkOrder order, ByteSpan span,
                                             std::vector<Chunk> pieces,
                                             std::shared_ptr<Progress> progress);

  ChunkStore& store_;
  net::TaskGroup& tasks_;
  ChunkOrder order_;
  std::uint64_t size_ = 0;
  std::vector<Chunk> first_;
  std::vector<Chunk> open_;             // of the chunk that is being collected
  std::uint64_t open_from_ = 0;         // its first byte
  std::shared_ptr<Progress> progress_;  // shared with the writes
};

}  // namespace wf::cache
