// Reading without waiting, and waiting without a coroutine of its own: for what runs once per
// request.
#pragma once

#include <boost/asio/deferred.hpp>

#include "proxy/net/stream.hpp"

namespace wf::net {

/// As kTuple, but the coroutine that waits starts the operation itself, where use_awaitable would
/// put a coroutine around it.
constexpr asio::as_tuple_t<asio::deferred_t> kDirect{};

/// What has arrived, without waiting; 0: nothing yet. Errors: Closed when the peer has ended in
/// order, else as Asio says.
[[nodiscard]] Result<std::size_t> read_now(Stream& stream, asio::mutable_buffer into, Side side);

/// As read_now, but what has arrived stays to be read. Not once the stream is by TLS.
[[nodiscard]] Result<std::size_t> peek_now(Stream& stream, asio::mutable_buffer into, Side side);

/// Until there is something to read, for who needs a buffer only then. The deadline of reading, or
/// an abort, ends the wait with an error. `const auto [ec] = co_await readable(stream);`
[[nodiscard]] inline auto readable(Stream& stream) {
  return stream.socket().async_wait(Socket::wait_read, kDirect);
}

/// Drops `n` bytes, and what is empty, from the front of a list of buffers.
[[nodiscard]] std::span<asio::const_buffer> consume(std::span<asio::const_buffer> buffers,
                                                    std::size_t n) noexcept;

}  // namespace wf::net
