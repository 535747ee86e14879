// A suspended coroutine as a small value.
#pragma once

#include <array>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

#include <boost/asio/deferred.hpp>

#include "proxy/net/task.hpp"

namespace wf::net {

/// A coroutine that waits, without its type and without the heap. Called once or not at all; then
/// the coroutine is destroyed with it.
class Resumption {
 public:
  Resumption() noexcept = default;
  template <class Handler>
  explicit Resumption(Handler handler) noexcept : kind_(&kKind<Handler>) {
    static_assert(sizeof(Handler) <= kRoom && std::is_nothrow_move_constructible_v<Handler>);
    ::new (room_.data()) Handler(std::move(handler));
  }
  Resumption(Resumption&& other) noexcept : kind_(std::exchange(other.kind_, nullptr)) {
    if (kind_ != nullptr) kind_->move(other.room_.data(), room_.data());
  }
  Resumption& operator=(Resumption&&) = delete;
  ~Resumption() {
    if (kind_ != nullptr) kind_->destroy(room_.data());
  }

  [[nodiscard]] explicit operator bool() const noexcept { return kind_ != nullptr; }
  void operator()() { std::exchange(kind_, nullptr)->run(room_.data()); }
  /// Takes the place of an empty one.
  void assign(Resumption&& other) noexcept {
    kind_ = std::exchange(other.kind_, nullptr);
    if (kind_ != nullptr) kind_->move(other.room_.data(), room_.data());
  }

 private:
  struct Kind {
    void (*run)(void*);
    void (*move)(void* from, void* to) noexcept;
    void (*destroy)(void*) noexcept;
  };
  template <class Handler>
  static Handler take(void* from) noexcept {
    auto* handler = static_cast<Handler*>(from);
    Handler taken{std::move(*handler)};
    handler->~Handler();
    return taken;
  }
  template <class Handler>
  static constexpr Kind kKind{
      [](void* handler) { take<Handler>(handler)(); },
      [](void* from, void* to) noexcept { ::new (to) Handler(take<Handler>(from)); },
      [](void* handler) noexcept { static_cast<Handler*>(handler)->~Handler(); }};

  static constexpr std::size_t kRoom = 2 * sizeof(void*);
  const Kind* kind_ = nullptr;
  alignas(void*) std::array<std::byte, kRoom> room_;
};

/// Has the coroutine that awaits it suspended and resumed at once, which costs nothing: Asio posts
/// the end of one that was never suspended, and that allocates.
struct ResumeAtOnce {
  template <class Handler>
  void operator()(Handler&& handler) const {
    std::forward<Handler>(handler)();
  }
};
[[nodiscard]] inline auto suspend_once() {
  return asio::async_initiate<const asio::deferred_t, void()>(ResumeAtOnce{}, asio::deferred);
}

}  // namespace wf::net
