// An answer whose body is looked into before its head goes on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "proxy/upstream/exchange.hpp"

namespace wf::server {

/// Lives in the frame of the exchange, which outlives it.
class LookAhead {
 public:
  explicit LookAhead(upstream::Exchange& exchange) : exchange_(exchange) {}

  /// After the final head: reads to the body's end, or until more than `most` bytes have come.
  [[nodiscard]] net::Task<void> read(std::size_t most);
  /// The whole body; empty if it was too long, broke off, or was not read.
  [[nodiscard]] std::string text() const;

  /// What was read ahead, piece by piece, then what the exchange has at hand (see there); an error
  /// that came while reading ahead comes in its place.
  [[nodiscard]] Result<Chunk> at_hand();
  [[nodiscard]] bool complete() const noexcept {
    return next_ == pieces_.size() && exchange_.complete();
  }

 private:
  upstream::Exchange& exchange_;
  std::vector<Chunk> pieces_;
  std::size_t next_ = 0;
  std::size_t size_ = 0;
  bool whole_ = false;
  std::optional<Error> error_;
};

}  // namespace wf::server
