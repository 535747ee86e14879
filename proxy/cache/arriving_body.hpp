// A large body that another proxy is fetching, read from Redis chunk by chunk as it is written.
#pragma once

#include "proxy/cache/redis_store.hpp"

namespace wf::cache {

/// Used on its store's worker.
class ArrivingBody {
 public:
  /// `record`: as RedisStore::find_arriving found it in `slot`.
  ArrivingBody(RedisStore& store, Slot slot, RecordPtr record)
      : store_(store), slot_(std::move(slot)), record_(std::move(record)) {}

  /// The next chunk, waiting for it; empty at the end of the body. An error of Side::Store where
  /// the one who fetched it has given up or died, or Redis does not answer.
  [[nodiscard]] net::Task<Result<Chunk>> next();
  /// The next byte's place in the body.
  [[nodiscard]] std::uint64_t at() const noexcept { return at_; }

 private:
  RedisStore& store_;
  Slot slot_;
  RecordPtr record_;
  std::uint64_t at_ = 0;
};

}  // namespace wf::cache
