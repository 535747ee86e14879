// Why a message is not taken: the rule, the status that answers it, and a few words for the log.
#pragma once

#include <cstdint>
#include <string_view>

namespace wf::message {

/// Rules of the front. F: requests; R: responses of origins.
enum class Rule : std::uint8_t {
  F1,       ///< Transfer-Encoding
  F2,       ///< Content-Length
  F3,       ///< Host
  F4,       ///< target
  F5,       ///< path
  F6,       ///< limits
  F7,       ///< field lines and line ends
  F8,       ///< method
  F9,       ///< body where none is expected
  F10,      ///< Connection
  F12,      ///< Expect
  F13,      ///< chunked coding
  Version,  ///< request line: protocol version
  R1,       ///< framing of a response
  R2,       ///< status
  R3,       ///< interim responses
  R4,       ///< bytes behind a response that has no body: 204, 304, to HEAD
  R5,       ///< bytes behind the end of a response with one, or on an idle connection
  R6,       ///< limits
  R7,       ///< cut short, in the head or in the body
  R10,      ///< field lines and line ends
  // What follows refuses nothing: the message goes on, less what the rule takes from it.
  F11,  ///< Upgrade where the route does not allow it, or of h2c: not passed on
  R8,   ///< a body that ends with the connection: not stored
  R9,   ///< trailers: dropped
};
/// "F1", "version", …: the label of the metrics.
[[nodiscard]] std::string_view to_string(Rule rule) noexcept;

/// After a refusal the connection is closed and the rest of its input thrown away (F14).
struct Refusal {
  Rule rule = Rule::F7;
  unsigned status = 400;  ///< 400, 413, 414, 417, 421, 431, 501, 505; 502 for a response
  std::string_view what;  ///< static text
};

}  // namespace wf::message
