// A stored body on its way to one client: what the record holds, then its chunks in Redis, and
// where one of these is lost the rest from the origin.
#pragma once

#include <functional>
#include <optional>

#include "proxy/cache/chunk_reader.hpp"
#include "proxy/server/body_source.hpp"
#include "proxy/server/worker.hpp"
#include "proxy/upstream/exchange.hpp"

namespace wf::server {

/// How to ask the origin for the whole of it, if it comes to that.
struct RestOrder {
  upstream::Pool& pool;
  std::function<upstream::OutgoingRequest()> make_request;
};

class StoredBody final : public BodySource {
 public:
  /// Bytes `span`. There is a Redis unless the record holds all of them.
  StoredBody(Worker& worker, cache::RecordPtr record, cache::ByteSpan span, RestOrder rest);

  /// Makes sure that the next piece is there: false where it is lost, so that nothing was promised
  /// to the client yet.
  [[nodiscard]] net::Task<bool> prime();
  [[nodiscard]] net::Task<Result<Chunk>> next() override;

 private:
  [[nodiscard]] net::Task<Result<Chunk>> read();
  [[nodiscard]] net::Task<Result<Chunk>> read_rest();
  [[nodiscard]] net::Task<void> forget();

  Worker& worker_;
  const cache::RecordPtr record_;
  const cache::ByteSpan span_;
  const RestOrder rest_;
  const std::vector<Chunk> held_;  // of the span, in memory
  std::size_t next_held_ = 0;
  std::uint64_t at_;
  std::optional<cache::ChunkReader> chunks_;
  std::unique_ptr<upstream::Exchange> exchange_;
  std::optional<Chunk> primed_;
};

}  // namespace wf::server
