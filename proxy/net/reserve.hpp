// Memory for one pending operation of Asio, there beforehand: what must not fail does not allocate.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <utility>

#include <boost/asio/post.hpp>

#include "proxy/net/task.hpp"

namespace wf::net {

/// Room for one operation at a time. Asio gives it back before it calls the operation's handler, so
/// that the handler may begin the next one, or destroy this.
class Reserve {
 public:
  Reserve() = default;
  Reserve(const Reserve&) = delete;
  Reserve& operator=(const Reserve&) = delete;

  /// What Asio asks a handler for (`get_allocator`).
  template <class T>
  class Allocator {
   public:
    using value_type = T;
    explicit Allocator(Reserve& reserve) noexcept : reserve_(&reserve) {}
    template <class U>
    Allocator(const Allocator<U>& other) noexcept : reserve_(other.reserve_) {}  // NOLINT: converts

    [[nodiscard]] T* allocate([[maybe_unused]] std::size_t count) const noexcept {
      static_assert(sizeof(T) <= kRoom);
      static_assert(alignof(T) <= alignof(std::max_align_t));  // NOLINT: redundant for some T
      assert(count == 1 && !reserve_->taken_);
      reserve_->taken_ = true;
      return reinterpret_cast<T*>(reserve_->room_.data());
    }
    void deallocate(T* /*place*/, std::size_t /*count*/) const noexcept {
      reserve_->taken_ = false;
    }
    template <class U>
    [[nodiscard]] bool operator==(const Allocator<U>& other) const noexcept {
      return reserve_ == other.reserve_;
    }

   private:
    template <class U>
    friend class Allocator;
    Reserve* reserve_;
  };

 private:
  static constexpr std::size_t kRoom = 160;
  alignas(std::max_align_t) std::array<std::byte, kRoom> room_;
  bool taken_ = false;
};

/// A function that Asio keeps in `reserve`.
template <class Function>
struct Reserved {
  using allocator_type = Reserve::Allocator<void>;
  Reserve* reserve;
  Function function;

  [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type{*reserve}; }
  template <class... Args>
  void operator()(Args&&... /*nobody looks at them*/) {
    function();
  }
};

/// Has `function` called from the loop. Cannot fail.
template <class Function>
void post(Executor executor, Reserve& reserve, Function function) noexcept {
  asio::post(executor, Reserved<Function>{&reserve, std::move(function)});
}

}  // namespace wf::net
