// Where the bytes of a body come from.
#pragma once

#include "proxy/base/chunk.hpp"
#include "proxy/base/error.hpp"
#include "proxy/net/task.hpp"

namespace wf::server {

/// Used by one coroutine.
class BodySource {
 public:
  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;
  /// The next piece; empty at the end of the body. An error: the body has broken off.
  [[nodiscard]] virtual net::Task<Result<Chunk>> next() = 0;
};

}  // namespace wf::server
