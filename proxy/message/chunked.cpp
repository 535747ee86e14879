#include "proxy/message/chunked.hpp"

#include <algorithm>

#include "proxy/base/ascii.hpp"

namespace wf::message {
namespace {

constexpr std::uint64_t kMaxChunkSize = (std::uint64_t{1} << 62U) - 1;
constexpr unsigned kBadRequest = 400;

constexpr const char* kNoCrlf = "chunk data not followed by CRLF";
constexpr const char* kBareLineEnd = "bare CR or LF in chunked framing";

bool is_control(char c) noexcept {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

}  // namespace

boost::system::result<BodyPiece, Refusal> ChunkedDecoder::decode(std::string_view unread) noexcept {
  BodyPiece piece;
  while (piece.consumed < unread.size() && state_ != State::Done) {
    if (state_ == State::Data) {
      piece.data = unread.substr(piece.consumed, std::min<std::uint64_t>(size_, unread.size()));
      piece.consumed += piece.data.size();
      size_ -= piece.data.size();
      if (size_ == 0) state_ = State::DataCr;
      return piece;
    }
    if (const char* wrong = step(unread[piece.consumed])) {
      return Refusal{Rule::F13, kBadRequest, wrong};
    }
    ++piece.consumed;
    if (over_limit()) return Refusal{Rule::F6, kBadRequest, "chunk line or trailers too long"};
  }
  piece.done = state_ == State::Done;
  return piece;
}

bool ChunkedDecoder::over_limit() noexcept {
  return line_ > kMaxChunkLine || trailer_ > kMaxTrailerBlock;
}

const char* ChunkedDecoder::step(char c) noexcept {
  switch (state_) {
    case State::Size:
    case State::SizeBlank:
      line_ += c == '\r' ? 0 : 1;
      return on_size(c);
    case State::NameStart:
    case State::Name:
    case State::NameEnd:
    case State::ValueStart:
    case State::Value:
    case State::ValueEnd:
    case State::ValueBlank:
      line_ += c == '\r' ? 0 : 1;
      return on_extension(c);
    case State::Quoted:
    case State::QuotedEscape:
      ++line_;
      return on_quoted(c);
    case State::TrailerStart:
    case State::TrailerName:
    case State::TrailerValue:
      ++trailer_;
      return on_trailer(c);
    case State::SizeLf:
    case State::DataCr:
    case State::DataLf:
    case State::TrailerLf:
    case State::EndLf:
      return on_line_end(c);
    case State::Data:
    case State::Done:
      break;
  }
  return nullptr;
}

/// chunk-size, and blanks only before an extension (RFC 9112 §7.1.1: BWS ";").
const char* ChunkedDecoder::on_size(char c) noexcept {
  if (c == ';' && has_digit_) {
    state_ = State::NameStart;
    return nullptr;
  }
  if (ascii::is_ows(c) && has_digit_) {
    state_ = State::SizeBlank;
    return nullptr;
  }
  if (state_ == State::SizeBlank) return "blank after chunk size";
  if (c == '\r' && has_digit_) {
    state_ = State::SizeLf;
    return nullptr;
  }
  const int digit = ascii::hex_value(c);
  if (digit < 0) return "chunk size is not hexadecimal";
  if (size_ > kMaxChunkSize >> 4U) return "chunk size too large";
  size_ = size_ << 4U | static_cast<unsigned>(digit);
  has_digit_ = true;
  return nullptr;
}

/// RFC 9112 §7.1.1: *( BWS ";" BWS name [ BWS "=" BWS value ] ). Extensions are dropped, but
/// whoever reads them otherwise than the grammar may see the end of the line elsewhere.
const char* ChunkedDecoder::on_extension(char c) noexcept {
  constexpr const char* kMalformed = "malformed chunk extension";
  const bool in_word = state_ == State::Name || state_ == State::Value;
  const bool starts = state_ == State::NameStart || state_ == State::ValueStart;
  if (ascii::is_tchar(c) && (in_word || starts)) {
    if (starts) state_ = state_ == State::NameStart ? State::Name : State::Value;
    return nullptr;
  }
  if (ascii::is_ows(c)) {
    if (state_ == State::Name) state_ = State::NameEnd;
    if (state_ == State::Value || state_ == State::ValueEnd) state_ = State::ValueBlank;
    return nullptr;
  }
  if (c == '"' && state_ == State::ValueStart) {
    state_ = State::Quoted;
    return nullptr;
  }
  if (starts) return kMalformed;
  if (c == ';') {
    state_ = State::NameStart;
    return nullptr;
  }
  if (c == '=' && (state_ == State::Name || state_ == State::NameEnd)) {
    state_ = State::ValueStart;
    return nullptr;
  }
  if (c != '\r' || !(in_word || state_ == State::ValueEnd)) return kMalformed;
  state_ = State::SizeLf;
  return nullptr;
}

const char* ChunkedDecoder::on_quoted(char c) noexcept {
  if (is_control(c)) return "control byte in quoted chunk extension";
  const bool escaped = state_ == State::QuotedEscape;
  state_ = State::Quoted;
  if (!escaped && c == '\\') state_ = State::QuotedEscape;
  if (!escaped && c == '"') state_ = State::ValueEnd;
  return nullptr;
}

const char* ChunkedDecoder::on_trailer(char c) noexcept {
  if (state_ == State::TrailerStart && c == '\r') {
    state_ = State::EndLf;
    return nullptr;
  }
  has_trailers_ = true;
  if (state_ == State::TrailerValue) {
    if (c == '\r') {
      state_ = State::TrailerLf;
      return nullptr;
    }
    return is_control(c) ? "control byte in trailer" : nullptr;
  }
  if (c == ':' && state_ == State::TrailerName) {
    state_ = State::TrailerValue;
    return nullptr;
  }
  state_ = State::TrailerName;
  return ascii::is_tchar(c) ? nullptr : "malformed trailer";
}

const char* ChunkedDecoder::on_line_end(char c) noexcept {
  if (state_ == State::DataCr) {
    if (c != '\r') return kNoCrlf;
    state_ = State::DataLf;
    return nullptr;
  }
  if (c != '\n') return state_ == State::DataLf ? kNoCrlf : kBareLineEnd;
  if (state_ == State::SizeLf) {
    state_ = size_ == 0 ? State::TrailerStart : State::Data;
    line_ = 0;
  } else if (state_ == State::DataLf) {
    state_ = State::Size;
    has_digit_ = false;
  } else {
    state_ = state_ == State::EndLf ? State::Done : State::TrailerStart;
  }
  return nullptr;
}

}  // namespace wf::message
