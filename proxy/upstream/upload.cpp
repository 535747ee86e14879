#include "proxy/upstream/upload.hpp"

#include <charconv>

#include "proxy/message/write.hpp"

namespace wf::upstream {

using boost::asio::buffer;
using message::Framing;

Upload::Upload(BodyFraming framing) noexcept : framing_(framing), left_(framing.length) {
  const bool empty = framing.framing == Framing::None ||
                     (framing.framing == Framing::Length && framing.length == 0);
  ended_ = complete_ = empty;
}

std::string_view Upload::size_line(std::size_t size) noexcept {
  char* const begin = size_line_.data();
  const auto [end, ec] = std::to_chars(begin, begin + 16, size, 16);
  end[0] = '\r';
  end[1] = '\n';
  return {begin, static_cast<std::size_t>(end - begin) + 2};
}

Result<Upload::Buffers> Upload::frame(std::string_view piece) {
  // An empty chunk would end the body.
  if (piece.empty()) return Buffers{};
  const bool chunked = framing_.framing == Framing::Chunked;
  if (ended_ || (!chunked && piece.size() > left_)) {
    return Error{ErrorCode::Internal, Side::Self, Retry::No, "request body longer than announced"};
  }
  if (chunked) return Buffers{buffer(size_line(piece.size())), buffer(piece), buffer("\r\n", 2)};
  left_ -= piece.size();
  ended_ = left_ == 0;
  return Buffers{buffer(piece)};
}

Result<std::string_view> Upload::last() {
  if (framing_.framing == Framing::Chunked && !ended_) {
    ended_ = true;
    return message::kLastChunk;
  }
  if (!ended_) {
    return Error{ErrorCode::Internal, Side::Self, Retry::No, "request body shorter than announced"};
  }
  return std::string_view{};
}

}  // namespace wf::upstream
