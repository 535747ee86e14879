// Framing of a request body that is sent to an origin. No sockets.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include <boost/asio/buffer.hpp>

#include "proxy/base/error.hpp"
#include "proxy/upstream/request.hpp"

namespace wf::upstream {

/// Keeps count, so that what is sent is what the head announced (RFC 9112 §6). One piece at a time.
class Upload {
 public:
  explicit Upload(BodyFraming framing) noexcept;

  /// The piece with its framing around it, to be written as a whole; views of `piece` and of this.
  /// Internal if it is more than was announced: the caller then breaks the connection.
  using Buffers = std::array<boost::asio::const_buffer, 3>;
  [[nodiscard]] Result<Buffers> frame(std::string_view piece);
  /// What is to be written after the last piece; Internal if less came than was announced.
  [[nodiscard]] Result<std::string_view> last();

  /// Bytes that `frame` and `last` yielded have been written.
  void written() noexcept { complete_ = ended_; }
  /// Everything that was announced has been written.
  [[nodiscard]] bool complete() const noexcept { return complete_; }

 private:
  [[nodiscard]] std::string_view size_line(std::size_t size) noexcept;

  BodyFraming framing_;
  std::uint64_t left_ = 0;            // for Length
  std::array<char, 20> size_line_{};  // hexadecimal and CRLF
  bool ended_ = false;
  bool complete_ = false;
};

}  // namespace wf::upstream
