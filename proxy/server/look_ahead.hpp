// An answer whose body is looked into before its head goes on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
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

  /// What was read ahead, piece by piece, then what the exchange has now (see there, also for how
  /// long the view is good); an error that came while reading ahead comes in its place.
  [[nodiscard]] Result<std::string_view> next();
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
