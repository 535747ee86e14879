// The coroutine type of everything that waits.
#pragma once

#include <utility>
#include <variant>

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

/// What a step gives at once, or the task that will give it: one that seldom has to wait makes a
/// coroutine only then.
template <class T>
using Soon = std::variant<T, Task<T>>;

/// For those who wait in any case.
template <class T>
[[nodiscard]] Task<T> later(Soon<T> soon) {
  if (T* const at_once = std::get_if<T>(&soon)) co_return std::move(*at_once);
  co_return co_await std::get<Task<T>>(std::move(soon));
}

/// Completion token: `auto [ec, n] = co_await socket.async_read_some(buffer, kTuple);`
constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> kTuple{};

}  // namespace wf::net
