// A body by its framing, piece by piece.
#pragma once

#include <cstdint>
#include <string_view>

#include <boost/system/result.hpp>

#include "proxy/message/chunked.hpp"
#include "proxy/message/head.hpp"

namespace wf::message {

class BodyReader {
 public:
  /// `length` counts for Framing::Length.
  void begin(Framing framing, std::uint64_t length) noexcept;

  [[nodiscard]] boost::system::result<BodyPiece, Refusal> read(std::string_view unread) noexcept;

  [[nodiscard]] bool done() const noexcept { return done_; }
  [[nodiscard]] bool until_close() const noexcept { return framing_ == Framing::UntilClose; }
  [[nodiscard]] bool dropped_trailers() const noexcept { return chunked_.dropped_trailers(); }
  /// Bytes of content handed out so far, and what the chunk at hand has announced beyond.
  [[nodiscard]] std::uint64_t known_size() const noexcept {
    return received_ + chunked_.announced();
  }

 private:
  Framing framing_ = Framing::None;
  std::uint64_t left_ = 0;
  std::uint64_t received_ = 0;
  bool done_ = true;
  ChunkedDecoder chunked_;
};

}  // namespace wf::message
