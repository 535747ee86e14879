#include <utility>

#include <boost/beast/http/error.hpp>

#include "proxy/message/head_parser.hpp"
#include "proxy/message/reader.hpp"
#include "proxy/message/rules.hpp"

namespace wf::message {
namespace {

constexpr unsigned kBadGateway = 502;
constexpr unsigned kMaxInterim = 16;
constexpr unsigned kMaxStatus = 599;

Refusal from_beast(const boost::beast::error_code& verdict) noexcept {
  using boost::beast::http::error;
  const auto is = [&](boost::beast::http::error code) { return verdict == code; };
  if (is(error::bad_version)) return {Rule::R2, kBadGateway, "not an HTTP/1 response"};
  if (is(error::bad_status) || is(error::bad_reason)) {
    return {Rule::R2, kBadGateway, "malformed status line"};
  }
  if (is(error::bad_transfer_encoding) || is(error::bad_content_length) ||
      is(error::multiple_content_length)) {
    return {Rule::R1, kBadGateway, "malformed framing"};
  }
  return {Rule::R10, kBadGateway, "malformed field line"};
}

/// RFC 9112 §6.3, cases 1 and 2: the header says nothing about such a body.
bool has_no_body(unsigned status, ResponseContext context) noexcept {
  return context.head || status < 200 || status == 204 || status == 304;
}

}  // namespace

ResponseReader::ResponseReader(const config::ClientLimits& limits)
    : scan_(Direction::Response, limits) {}

void ResponseReader::begin(ResponseContext context) noexcept {
  context_ = context;
  interim_ = 0;
  next_head();
}

void ResponseReader::next_head() noexcept {
  auto fields = std::move(head_.fields);
  fields.clear();
  head_ = ResponseHead{};
  head_.fields = std::move(fields);
  scan_.reset();
  head_done_ = false;
}

boost::system::result<bool, Refusal> ResponseReader::read_head(std::string_view unread) {
  if (head_done_) return true;
  const auto complete = scan_.scan(unread);
  if (!complete) return complete.error();
  if (!*complete) return false;
  const auto block = unread.substr(scan_.begin(), scan_.end() - scan_.begin());
  if (auto refused = parse(block)) return *refused;
  if (auto refused = check()) return *refused;
  body_.begin(head_.framing, head_.content_length);
  head_done_ = true;
  return true;
}

std::optional<Refusal> ResponseReader::parse(std::string_view block) {
  HeadParser<false> parser{head_.fields};
  if (const auto verdict = parser.parse(block)) return from_beast(verdict);
  const StartLine& line = parser.start_line();
  head_.status = line.status;
  head_.version = line.version;
  head_.reason = line.reason;
  return std::nullopt;
}

std::optional<Refusal> ResponseReader::check() {
  if (head_.status < 100 || head_.status > kMaxStatus) {
    return Refusal{Rule::R2, kBadGateway, "status out of range"};
  }
  if (head_.status == 101 && !context_.upgrade_asked) {
    return Refusal{Rule::R3, kBadGateway, "101 without Upgrade"};
  }
  if (head_.interim() && ++interim_ > kMaxInterim) {
    return Refusal{Rule::R3, kBadGateway, "too many interim responses"};
  }
  rules::FramingFields framing;
  if (auto refused = rules::framing(head_.fields, head_.version, framing)) {
    return Refusal{Rule::R1, kBadGateway, refused->what};
  }
  // RFC 9112 §6.1: no Transfer-Encoding with 1xx and 204; what follows would be taken for a body.
  if (framing.chunked && (head_.status < 200 || head_.status == 204)) {
    return Refusal{Rule::R1, kBadGateway, "Transfer-Encoding where no body is allowed"};
  }
  head_.keep_alive = rules::keep_alive(head_.fields, head_.version);
  if (has_no_body(head_.status, context_)) {
    head_.framing = Framing::None;
  } else if (framing.chunked) {
    head_.framing = Framing::Chunked;
  } else if (framing.has_length) {
    head_.framing = Framing::Length;
    head_.content_length = framing.length;
  } else {
    head_.framing = Framing::UntilClose;
    head_.keep_alive = false;
  }
  return std::nullopt;
}

boost::system::result<BodyPiece, Refusal> ResponseReader::read_body(std::string_view unread) {
  auto piece = body_.read(unread);
  if (!piece) {
    const auto& refused = piece.error();
    return Refusal{refused.rule == Rule::F6 ? Rule::R6 : Rule::R1, kBadGateway, refused.what};
  }
  return piece;
}

AtEnd ResponseReader::at_end(std::string_view unread) const noexcept {
  if (head_done_ && !head_.interim()) {
    return body_.done() || body_.until_close() ? AtEnd::Complete : AtEnd::Truncated;
  }
  const bool nothing = unread.empty() && interim_ == 0 && !head_done_;
  return nothing ? AtEnd::BeforeMessage : AtEnd::Truncated;
}

}  // namespace wf::message
