// What is missing of a stored part, fetched so that it becomes the whole (RFC 9111 §3.3, §3.4).
#pragma once

#include <vector>

#include "proxy/cache/record.hpp"
#include "proxy/message/head.hpp"
#include "proxy/policy/partial.hpp"
#include "proxy/upstream/exchange.hpp"

namespace wf::server {

/// Lives in the frame of a fill.
class Completion {
 public:
  explicit Completion(cache::RecordPtr part);

  /// What the answer to the request for the rest is good for.
  [[nodiscard]] policy::RestAnswer judge(const message::ResponseHead& head) const;
  /// The fields of the whole, once the rest has been found to complete it.
  [[nodiscard]] OwnedFields fields(FieldSpan received) const;
  /// Octets of the whole.
  [[nodiscard]] std::uint64_t length() const noexcept { return *held_.length; }

  /// The next piece of the whole body: what is stored, and what comes, in their order. Empty at its
  /// end; an error if the rest is not as long as it has to be.
  [[nodiscard]] net::Task<Result<Chunk>> next(upstream::Exchange& exchange);

 private:
  [[nodiscard]] net::Task<Result<Chunk>> next_arriving(upstream::Exchange& exchange);
  [[nodiscard]] Chunk next_held();

  const cache::RecordPtr part_;
  const policy::Extent held_;
  const std::vector<Chunk> pieces_;  ///< of the stored part
  std::size_t sent_ = 0;             ///< of them
  std::uint64_t missing_;
};

}  // namespace wf::server
