// Errors that know whose fault they are and whether trying again can help.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

namespace wf {

/// Whose fault an error is: the client's, the origin's, Redis', or our own.
enum class Side : std::uint8_t { Client, Upstream, Store, Self };

/// Whether the same operation may be tried again by the caller.
enum class Retry : std::uint8_t {
  No,
  Safe,  ///< nothing reached the peer, or the peer cannot have acted on it
};

enum class ErrorCode : std::uint8_t {
  Timeout,      ///< a deadline passed
  Closed,       ///< the peer ended the connection in order
  Reset,        ///< the connection broke
  Refused,      ///< no connection could be made
  Unresolved,   ///< a name has no address
  Malformed,    ///< the peer sent bytes that the protocol forbids
  TooLarge,     ///< a configured limit was passed
  Unsupported,  ///< well-formed, but not something we do
  Unavailable,  ///< known to be down (open breaker, no server), not tried
  Rejected,     ///< the peer answered with an error of its own
  Cancelled,    ///< given up by the caller
  Internal,     ///< a broken assumption of our own
};

struct Error {
  ErrorCode code = ErrorCode::Internal;
  Side side = Side::Self;
  Retry retry = Retry::No;
  std::string detail;  ///< for a log line; names the rule or the peer, never a secret
};

[[nodiscard]] std::string_view to_string(Side side) noexcept;
[[nodiscard]] std::string_view to_string(ErrorCode code) noexcept;
/// "upstream timeout: no answer head within 30s"
[[nodiscard]] std::string to_string(const Error& error);

/// Thrown only where a Result is unwrapped without a look: a broken invariant.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& where);

/// A value or an Error. Every function that returns one is [[nodiscard]].
template <class T = void>
using Result = boost::system::result<T, Error>;

}  // namespace wf
