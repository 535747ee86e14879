// The bytes of an answer that have been read from the connection and not yet been used.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <boost/asio/buffer.hpp>

#include "proxy/base/chunk.hpp"

namespace wf::upstream {

/// A block of memory that is read into and handed on as Chunks without copying. A block that was
/// handed on, even in part, is not written to again.
class Inbox {
 public:
  static constexpr std::size_t kSmallest = std::size_t{16} << 10U;
  static constexpr std::size_t kLargest = std::size_t{64} << 10U;

  [[nodiscard]] std::string_view unread() const noexcept {
    return {memory_.get() + begin_, end_ - begin_};
  }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
  void consume(std::size_t n) noexcept { begin_ += n; }

  /// Room behind the unread bytes, which may move to make some; empty if they already fill the
  /// largest block.
  [[nodiscard]] boost::asio::mutable_buffer room();
  void commit(std::size_t n) noexcept;
  /// The next `room` yields another block: views of this one stay good as long as the result lives.
  [[nodiscard]] std::shared_ptr<const char[]> keep_block() noexcept;

  /// For another exchange: nobody holds what keep_block gave. The block stays if it is small and no
  /// part of it was handed on.
  void clear() noexcept;

  /// A run of bytes of the block, as its own piece of memory: shared if it fills the block well,
  /// copied if keeping the block for its sake would waste most of it.
  [[nodiscard]] Chunk piece(std::string_view run);
  /// To pack decoded runs: moves `run` down to `to`, both within the block and not yet handed on.
  void move_down(std::string_view run, const char* to) noexcept;

 private:
  [[nodiscard]] std::size_t next_capacity() const noexcept;

  std::shared_ptr<char[]> memory_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool shared_ = false;  // not to be written to
  bool lent_ = false;    // a piece of it was handed on
  std::size_t last_read_ = 0;
};

}  // namespace wf::upstream
