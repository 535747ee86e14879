// What an error reply of Redis means for the caller, the connection and the breaker.
#pragma once

#include <cstdint>
#include <string_view>

#include "proxy/base/error.hpp"
#include "proxy/redis/reply.hpp"

namespace wf::redis {

/// What an error reply says about the server, beyond the one command that it answers.
enum class Verdict : std::uint8_t {
  CommandOnly,  ///< nothing: WRONGTYPE, NOSCRIPT, OOM, NOPERM, MOVED, ERR…
  Down,         ///< the server cannot serve now: LOADING, BUSY, MASTERDOWN, CLUSTERDOWN
  Reconnect,    ///< this connection leads to the wrong place or lost its rights: READONLY, NOAUTH
};

/// By the first word of an error reply.
[[nodiscard]] Verdict verdict_of(std::string_view error_text) noexcept;

/// The error that stands for an error reply: Rejected, Side::Store, Retry::No. The detail begins
/// with the code word ("NOSCRIPT …"); quoted text is cut off, since Redis quotes the arguments of
/// commands it does not understand, and those may be secret.
[[nodiscard]] Error rejection(std::string_view error_text);

/// The reply, or the rejection if it is an error reply. Errors nested in arrays stay.
[[nodiscard]] Result<Reply> checked(Reply reply);
[[nodiscard]] Result<Reply> checked(Result<Reply> reply);

/// Whether `error` is a rejection with that code word: `is_rejection(error, "NOSCRIPT")`.
[[nodiscard]] bool is_rejection(const Error& error, std::string_view code) noexcept;

/// Malformed, Side::Store: the server answered something else than the command promises.
[[nodiscard]] Error unexpected(std::string_view command, const Reply& reply);

}  // namespace wf::redis
