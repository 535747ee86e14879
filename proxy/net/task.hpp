// The coroutine type of everything that waits.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace wf::net {

namespace asio = boost::asio;

/// Concrete, so that nothing on the path is type-erased.
using Executor = asio::io_context::executor_type;

template <class T = void>
using Task = asio::awaitable<T, Executor>;

/// Completion token: `auto [ec, n] = co_await socket.async_read_some(buffer, kTuple);`
constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> kTuple{};

}  // namespace wf::net
