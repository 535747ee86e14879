// Received bytes that were not yet taken, in one piece.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <boost/asio/buffer.hpp>

namespace wf::net {

/// Grows by doubling; `prepare` may move the bytes, nothing else does.
class ReadBuffer {
 public:
  [[nodiscard]] std::string_view unread() const noexcept {
    return {data_.get() + begin_, end_ - begin_};
  }
  /// Room for at least `least` more bytes, and for as many more as happen to be free.
  [[nodiscard]] boost::asio::mutable_buffer prepare(std::size_t least);
  void commit(std::size_t n) noexcept { end_ += n; }
  void consume(std::size_t n) noexcept {
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  void append(std::string_view bytes);
  void clear() noexcept { begin_ = end_ = 0; }
  /// Gives the memory back if it is more than `keep` bytes and none is in use.
  void shrink(std::size_t keep) noexcept;
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace wf::net
