#include <utility>

#include <boost/beast/http/error.hpp>

#include "proxy/base/ascii.hpp"
#include "proxy/message/head_parser.hpp"
#include "proxy/message/reader.hpp"
#include "proxy/message/rules.hpp"

namespace wf::message {
namespace {

constexpr unsigned kBadRequest = 400;
constexpr unsigned kContentTooLarge = 413;
constexpr unsigned kVersionNotSupported = 505;

constexpr Refusal kTooLarge{Rule::F6, kContentTooLarge, "body too large"};

/// RFC 9110 §15.6.6: a version that is well-formed, but not 1.0 or 1.1. Beast knows one error for
/// all; what is malformed is left to it.
std::optional<Refusal> check_version(std::string_view block) noexcept {
  const auto line = block.substr(0, block.find('\r'));
  const auto version = line.substr(line.rfind(' ') + 1);
  const bool well_formed = version.size() == 8 && version.starts_with("HTTP/") &&
                           ascii::is_digit(version[5]) && version[6] == '.' &&
                           ascii::is_digit(version[7]);
  if (!well_formed || version == "HTTP/1.1" || version == "HTTP/1.0") return std::nullopt;
  return Refusal{Rule::Version, kVersionNotSupported, "HTTP version not supported"};
}

/// Which rule a refusal of Beast's belongs to. What HeadScan lets through and Beast calls a bad
/// value is a Connection field that is no list of tokens.
Refusal from_beast(const boost::beast::error_code& verdict) noexcept {
  using boost::beast::http::error;
  const auto is = [&](boost::beast::http::error code) { return verdict == code; };
  if (is(error::bad_method)) return {Rule::F8, kBadRequest, "malformed method"};
  if (is(error::bad_target)) return {Rule::F4, kBadRequest, "malformed target"};
  if (is(error::bad_version)) return {Rule::Version, kBadRequest, "malformed version"};
  if (is(error::bad_transfer_encoding)) {
    return {Rule::F1, kBadRequest, "malformed Transfer-Encoding"};
  }
  if (is(error::bad_content_length) || is(error::multiple_content_length)) {
    return {Rule::F2, kBadRequest, "malformed Content-Length"};
  }
  if (is(error::bad_value)) return {Rule::F10, kBadRequest, "malformed Connection"};
  return {Rule::F7, kBadRequest, "malformed field line"};
}

}  // namespace

RequestReader::RequestReader(const RequestRules& rules)
    : rules_(rules), scan_(Direction::Request, rules.limits) {}

boost::system::result<bool, Refusal> RequestReader::read_head(std::string_view unread) {
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

std::optional<Refusal> RequestReader::parse(std::string_view block) {
  if (auto refused = check_version(block)) return refused;
  HeadParser<true> parser{head_.fields};
  if (const auto verdict = parser.parse(block)) return from_beast(verdict);
  const StartLine& line = parser.start_line();
  head_.method_text = line.method;
  head_.method = policy::parse_method(line.method);
  head_.raw_target = line.target;
  head_.version = line.version;
  return std::nullopt;
}

/// The order matters: the first failure is the answer.
std::optional<Refusal> RequestReader::check() {
  const bool purge = rules_.purge && head_.method == policy::Method::Purge;
  if (!purge) {
    if (auto refused = rules::method(head_.method, head_.method_text, rules_.methods)) {
      return refused;
    }
  }
  rules::FramingFields framing;
  if (auto refused = rules::framing(head_.fields, head_.version, framing)) return refused;
  if (auto refused = rules::host(head_, host_scratch_)) return refused;
  if (auto refused = rules::target(head_, rules_.target, target_scratch_)) return refused;
  if (auto refused = rules::authority(head_, authority_scratch_)) return refused;
  if (auto refused = rules::known_host(head_, rules_.hosts)) return refused;
  if (auto refused = rules::underscores(head_.fields)) return refused;
  if (auto refused = rules::connection(head_.fields)) return refused;
  rules::drop_nominated(head_.fields);

  if (framing.chunked) head_.framing = Framing::Chunked;
  if (framing.has_length) head_.framing = Framing::Length;
  head_.content_length = framing.length;
  if (rules_.limits.body && framing.length > rules_.limits.body->count) return kTooLarge;
  if (auto refused = rules::expect(head_)) return refused;
  head_.upgrade = rules::upgrade(head_.fields, head_.version);
  head_.keep_alive = rules::keep_alive(head_.fields, head_.version);
  return std::nullopt;
}

boost::system::result<BodyPiece, Refusal> RequestReader::read_body(std::string_view unread) {
  auto piece = body_.read(unread);
  if (piece && rules_.limits.body && body_.known_size() > rules_.limits.body->count) {
    return kTooLarge;
  }
  return piece;
}

AtEnd RequestReader::at_end(std::string_view unread) const noexcept {
  if (head_done_) return body_.done() ? AtEnd::Complete : AtEnd::Truncated;
  return unread.empty() ? AtEnd::BeforeMessage : AtEnd::Truncated;
}

void RequestReader::reset() noexcept {
  auto fields = std::move(head_.fields);
  fields.clear();
  head_ = RequestHead{};
  head_.fields = std::move(fields);
  scan_.reset();
  head_done_ = false;
}

}  // namespace wf::message
