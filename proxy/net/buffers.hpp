// Lists of buffers that a write has taken some of.
#pragma once

#include <cstddef>
#include <span>

#include <boost/asio/buffer.hpp>

namespace wf::net {

/// Drops `n` bytes, and what is empty, from the front of a list of buffers.
[[nodiscard]] std::span<boost::asio::const_buffer> consume(
    std::span<boost::asio::const_buffer> buffers, std::size_t n) noexcept;

}  // namespace wf::net
