// One coroutine waits for one value that another part of the same thread gives.
#pragma once

#include <optional>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "proxy/base/error.hpp"
#include "proxy/net/reserve.hpp"

namespace wf::redis {

/// Lives in the waiting coroutine's frame or in an object that outlives the wait, and keeps the
/// suspended coroutine in itself, and the memory of what is posted to wake it: neither waiting nor
/// waking allocates. A wait must be completed before the object ends: until then the
/// coroutine owns itself. Used on the executor's thread only.
template <class T>
class Completion {
 public:
  explicit Completion(net::Executor executor) : executor_(executor) {}
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;

  /// Gives the value, now or to the next wait. Further values are ignored until it is taken. The
  /// waiting coroutine goes on in a later turn of the loop, never inside this call.
  void complete(Result<T> value) noexcept {
    if (value_) return;
    value_.emplace(std::move(value));
    if (handler_) deliver();
  }

  /// At most one at a time. Cancelled if the caller's cancellation slot says so.
  [[nodiscard]] net::Task<Result<T>> wait() {
    Token token;
    return net::asio::async_initiate<Token, void(Result<T>)>(Begin{this}, token);
  }

 private:
  using Token = net::asio::use_awaitable_t<net::Executor>;
  using Handler = typename net::asio::async_result<Token, void(Result<T>)>::handler_type;

  struct Cancel {
    Completion* self;
    void operator()(net::asio::cancellation_type) const {
      self->complete(Error{ErrorCode::Cancelled, Side::Self, Retry::No, "given up by the caller"});
    }
  };

  struct Begin {
    Completion* self;
    void operator()(Handler handler) const {
      auto slot = net::asio::get_associated_cancellation_slot(handler);
      if (slot.is_connected()) slot.assign(Cancel{self});
      self->handler_.emplace(std::move(handler));
      if (self->value_) self->deliver();
    }
  };

  struct Deliver {
    using allocator_type = net::Reserve::Allocator<void>;
    Completion* self;
    net::Reserve* reserve;
    Handler handler;
    [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type{*reserve}; }
    void operator()() {
      Result<T> value = std::move(*self->value_);
      self->value_.reset();
      std::move(handler)(std::move(value));
    }
  };

  void deliver() noexcept {
    Handler handler = std::move(*handler_);
    handler_.reset();
    net::asio::post(executor_, Deliver{this, &reserve_, std::move(handler)});
  }

  net::Executor executor_;
  net::Reserve reserve_;
  std::optional<Handler> handler_;
  std::optional<Result<T>> value_;
};

}  // namespace wf::redis
