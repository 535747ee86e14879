#include "proxy/net/buffers.hpp"

namespace wf::net {

std::span<boost::asio::const_buffer> consume(std::span<boost::asio::const_buffer> buffers,
                                             std::size_t n) noexcept {
  while (!buffers.empty() && n >= buffers.front().size()) {
    n -= buffers.front().size();
    buffers = buffers.subspan(1);
  }
  if (!buffers.empty()) buffers.front() += n;
  return buffers;
}

}  // namespace wf::net
