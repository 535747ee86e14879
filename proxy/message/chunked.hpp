// The chunked coding (RFC 9112 §7.1) as a strict state machine over bytes.
//
// Beast's decoder is not used for bodies: it lets control bytes through in quoted extensions,
// merges trailers into the header and bounds neither (front, rule F13).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/system/result.hpp>

#include "proxy/message/refusal.hpp"

namespace wf::message {

inline constexpr std::size_t kMaxChunkLine = 256;       // bytes, without CRLF
inline constexpr std::size_t kMaxTrailerBlock = 4'096;  // bytes

/// A part of a body. `consumed` counts framing as well, so it may exceed data.size().
struct BodyPiece {
  std::string_view data;
  std::size_t consumed = 0;
  bool done = false;
};

/// Extensions are checked and dropped, trailers are checked, bounded and dropped.
class ChunkedDecoder {
 public:
  /// At most one run of data per call. Everything up to `consumed` need not be kept. Errors carry
  /// rule F13 (or F6 for a limit) and status 400.
  [[nodiscard]] boost::system::result<BodyPiece, Refusal> decode(std::string_view unread) noexcept;
  /// Bytes of the current chunk that were announced and have not come.
  [[nodiscard]] std::uint64_t announced() const noexcept {
    return state_ == State::Data ? size_ : 0;
  }
  /// A trailer field has come, and was dropped.
  [[nodiscard]] bool dropped_trailers() const noexcept { return has_trailers_; }
  void reset() noexcept { *this = ChunkedDecoder{}; }

 private:
  enum class State : std::uint8_t {
    Size,
    SizeBlank,
    NameStart,
    Name,
    NameEnd,
    ValueStart,
    Value,
    ValueEnd,
    ValueBlank,
    Quoted,
    QuotedEscape,
    SizeLf,
    Data,
    DataCr,
    DataLf,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerLf,
    EndLf,
    Done
  };
  /// Null if the byte is welcome.
  [[nodiscard]] const char* step(char c) noexcept;
  [[nodiscard]] const char* on_size(char c) noexcept;
  [[nodiscard]] const char* on_extension(char c) noexcept;
  [[nodiscard]] const char* on_quoted(char c) noexcept;
  [[nodiscard]] const char* on_trailer(char c) noexcept;
  [[nodiscard]] const char* on_line_end(char c) noexcept;
  [[nodiscard]] bool over_limit() noexcept;

  State state_ = State::Size;
  std::uint64_t size_ = 0;  // of the chunk; what is left of it in Data
  bool has_digit_ = false;
  bool has_trailers_ = false;
  std::size_t line_ = 0;     // bytes of this chunk line
  std::size_t trailer_ = 0;  // bytes of all trailer lines
};

}  // namespace wf::message
