#include "proxy/message/body.hpp"

#include <algorithm>

namespace wf::message {

std::string_view to_string(Framing framing) noexcept {
  switch (framing) {
    case Framing::None:
      return "none";
    case Framing::Length:
      return "length";
    case Framing::Chunked:
      return "chunked";
    case Framing::UntilClose:
      return "until-close";
  }
  return "?";
}

void BodyReader::begin(Framing framing, std::uint64_t length) noexcept {
  framing_ = framing;
  left_ = framing == Framing::Length ? length : 0;
  received_ = 0;
  done_ = framing == Framing::None || (framing == Framing::Length && length == 0);
  chunked_.reset();
}

boost::system::result<BodyPiece, Refusal> BodyReader::read(std::string_view unread) noexcept {
  BodyPiece piece;
  piece.done = done_;
  if (done_) return piece;
  if (framing_ == Framing::Chunked) {
    auto decoded = chunked_.decode(unread);
    if (!decoded) return decoded.error();
    piece = *decoded;
  } else {
    piece.data = unread;
    if (framing_ == Framing::Length) {
      piece.data = unread.substr(0, std::min<std::uint64_t>(left_, unread.size()));
      left_ -= piece.data.size();
      piece.done = left_ == 0;
    }
    piece.consumed = piece.data.size();
  }
  received_ += piece.data.size();
  done_ = piece.done;
  return piece;
}

}  // namespace wf::message
