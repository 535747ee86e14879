#include "proxy/net/at_once.hpp"

#include <boost/asio/error.hpp>

namespace wf::net {

Result<std::size_t> read_now(Stream& stream, asio::mutable_buffer into, Side side) {
  boost::system::error_code ec;
  const std::size_t n = stream.socket().read_some(into, ec);
  if (!ec || ec == asio::error::would_block) return n;
  return to_error(ec, side);
}

Result<std::size_t> peek_now(Stream& stream, asio::mutable_buffer into, Side side) {
  boost::system::error_code ec;
  const std::size_t n = stream.socket().receive(into, Socket::message_peek, ec);
  if (!ec || ec == asio::error::would_block) return n;
  return to_error(ec, side);
}

std::span<asio::const_buffer> consume(std::span<asio::const_buffer> buffers,
                                      std::size_t n) noexcept {
  while (!buffers.empty() && n >= buffers.front().size()) {
    n -= buffers.front().size();
    buffers = buffers.subspan(1);
  }
  if (!buffers.empty()) buffers.front() += n;
  return buffers;
}

}  // namespace wf::net
