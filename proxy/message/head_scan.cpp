#include "proxy/message/head_scan.hpp"

#include <algorithm>

#include "proxy/base/ascii.hpp"

namespace wf::message {
namespace {

constexpr unsigned kBadRequest = 400;
constexpr unsigned kUriTooLong = 414;
constexpr unsigned kFieldsTooLarge = 431;

bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

HeadScan::HeadScan(Direction direction, const config::ClientLimits& limits) noexcept
    : direction_(direction),
      max_start_line_(limits.request_line.count),
      max_field_line_(limits.field_line.count),
      max_block_(limits.header_block.count),
      max_fields_(limits.fields) {}

void HeadScan::reset() noexcept {
  position_ = line_start_ = begin_ = 0;
  empty_lines_ = lines_ = 0;
  complete_ = false;
}

const Refusal* HeadScan::refuse(Rule rule, unsigned status, const char* what) noexcept {
  if (direction_ == Direction::Response) {
    rule = rule == Rule::F6 ? Rule::R6 : Rule::R10;
    status = 502;
  }
  refusal_ = {rule, status, what};
  return &refusal_;
}

boost::system::result<bool, Refusal> HeadScan::scan(std::string_view unread) noexcept {
  while (!complete_ && position_ < unread.size()) {
    const char c = unread[position_];
    const Refusal* refused = nullptr;
    if (is_control(c)) {
      if (c == '\r' && position_ + 1 == unread.size()) break;  // judged with the byte behind it
      refused = control_byte(unread);
    } else {
      if (position_ == line_start_) refused = begin_line(c);
      // RFC 3986 knows ASCII alone; refused here, a binary protocol is not read for long.
      if (c < 0 && ascii_only()) {
        refused = refuse(Rule::F4, kBadRequest, "byte not allowed in request line");
      }
      skip_text(unread);
    }
    if (refused == nullptr) refused = check_limits();
    if (refused != nullptr) return *refused;
  }
  return complete_;
}

/// On to the next byte that has to be judged, or to the first one above the line's limit.
void HeadScan::skip_text(std::string_view unread) noexcept {
  const std::size_t longest = in_start_line() ? max_start_line_ : max_field_line_;
  const std::size_t stop = std::min(unread.size(), line_start_ + longest + 1);
  const bool narrow = ascii_only();
  std::size_t at = position_;
  for (; at + 8 <= stop && ascii::is_plain_word(unread.data() + at, narrow); at += 8) {
  }
  for (; at < stop; ++at) {
    const char c = unread[at];
    if (is_control(c) || (narrow && c < 0)) break;
  }
  position_ = at;
}

const Refusal* HeadScan::begin_line(char c) noexcept {
  if (ascii::is_ows(c)) return refuse(Rule::F7, kBadRequest, "folded or indented line");
  if (in_start_line()) begin_ = line_start_;
  return nullptr;
}

const Refusal* HeadScan::control_byte(std::string_view unread) noexcept {
  const char c = unread[position_];
  if (c == '\r' && unread[position_ + 1] == '\n') {
    return end_line();
  }
  // RFC 9112 §4: a reason phrase may hold HTAB; elsewhere in a status line Beast refuses it.
  if (c == '\t' && !(in_start_line() && direction_ == Direction::Request)) {
    const Refusal* refused = position_ == line_start_ ? begin_line(c) : nullptr;
    ++position_;
    return refused;
  }
  if (c == '\r' || c == '\n') return refuse(Rule::F7, kBadRequest, "bare CR or LF");
  return refuse(in_start_line() ? Rule::F4 : Rule::F7, kBadRequest, "control byte");
}

const Refusal* HeadScan::end_line() noexcept {
  const bool empty = position_ == line_start_;
  position_ += 2;
  line_start_ = position_;
  if (!empty) {
    ++lines_;
    return nullptr;
  }
  if (lines_ > 0) {
    complete_ = true;
    return nullptr;
  }
  // RFC 9112 §2.2 speaks of requests; an origin has no reason to.
  if (direction_ == Direction::Response || ++empty_lines_ > kMaxLeadingEmptyLines) {
    return refuse(Rule::F6, kBadRequest, "empty lines before the start line");
  }
  return nullptr;
}

const Refusal* HeadScan::check_limits() noexcept {
  const std::size_t line = position_ - line_start_;
  if (in_start_line()) {
    return line > max_start_line_ ? refuse(Rule::F6, kUriTooLong, "start line too long") : nullptr;
  }
  if (line > max_field_line_) return refuse(Rule::F6, kFieldsTooLarge, "field line too long");
  if (position_ - begin_ > max_block_) {
    return refuse(Rule::F6, kFieldsTooLarge, "header section too large");
  }
  if (lines_ - 1 > max_fields_) return refuse(Rule::F6, kFieldsTooLarge, "too many fields");
  return nullptr;
}

}  // namespace wf::message
