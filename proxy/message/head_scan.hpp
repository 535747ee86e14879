// The first look at a head's raw bytes: line ends, control bytes, folded lines and limits, before
// any parser sees it (F4, F6, F7; R6, R10).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/system/result.hpp>

#include "config/types.hpp"
#include "proxy/message/refusal.hpp"

namespace wf::message {

inline constexpr unsigned kMaxLeadingEmptyLines = 2;

enum class Direction : std::uint8_t { Request, Response };

/// Remembers how far it has looked, so that every byte is seen once however it arrives.
class HeadScan {
 public:
  HeadScan(Direction direction, const config::ClientLimits& limits) noexcept;

  /// `unread` begins where the message begins, each time. True: the head is complete.
  [[nodiscard]] boost::system::result<bool, Refusal> scan(std::string_view unread) noexcept;

  /// The start line's offset: empty lines before it are passed over (RFC 9112 §2.2).
  [[nodiscard]] std::size_t begin() const noexcept { return begin_; }
  /// Offset behind the empty line that ends the head; valid once complete.
  [[nodiscard]] std::size_t end() const noexcept { return position_; }
  void reset() noexcept;

 private:
  [[nodiscard]] const Refusal* refuse(Rule rule, unsigned status, const char* what) noexcept;
  [[nodiscard]] const Refusal* begin_line(char c) noexcept;
  [[nodiscard]] const Refusal* control_byte(std::string_view unread) noexcept;
  [[nodiscard]] const Refusal* end_line() noexcept;
  [[nodiscard]] const Refusal* check_limits() noexcept;
  void skip_text(std::string_view unread) noexcept;
  [[nodiscard]] bool ascii_only() const noexcept {
    return in_start_line() && direction_ == Direction::Request;
  }
  [[nodiscard]] bool in_start_line() const noexcept { return lines_ == 0; }

  Direction direction_;
  std::size_t max_start_line_;
  std::size_t max_field_line_;
  std::size_t max_block_;
  unsigned max_fields_;

  std::size_t position_ = 0;  // next byte to look at
  std::size_t line_start_ = 0;
  std::size_t begin_ = 0;
  unsigned empty_lines_ = 0;  // before the start line
  unsigned lines_ = 0;        // complete lines, the start line among them
  bool complete_ = false;
  Refusal refusal_;
};

}  // namespace wf::message
