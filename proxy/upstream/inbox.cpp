#include "proxy/upstream/inbox.hpp"

#include <algorithm>
#include <cstring>

namespace wf::upstream {

std::size_t Inbox::next_capacity() const noexcept {
  if (memory_ == nullptr) return kSmallest;
  // Reads that fill the block, and heads that outgrow it, ask for a larger one.
  const bool full = end_ - begin_ == capacity_ || 2 * last_read_ >= capacity_;
  return full ? std::min(2 * capacity_, kLargest) : capacity_;
}

boost::asio::mutable_buffer Inbox::room() {
  const std::size_t held = end_ - begin_;
  if (held == kLargest) return {};
  if (!shared_ && end_ < capacity_ && held != 0) return {memory_.get() + end_, capacity_ - end_};
  const std::size_t wanted = next_capacity();
  if (shared_ || wanted != capacity_) {
    auto larger = std::make_shared_for_overwrite<char[]>(wanted);
    if (held != 0) std::memcpy(larger.get(), memory_.get() + begin_, held);
    memory_ = std::move(larger);
    capacity_ = wanted;
    shared_ = lent_ = false;
  } else if (begin_ != 0 && held != 0) {
    std::memmove(memory_.get(), memory_.get() + begin_, held);
  }
  begin_ = 0;
  end_ = held;
  return {memory_.get() + end_, capacity_ - end_};
}

void Inbox::commit(std::size_t n) noexcept {
  end_ += n;
  last_read_ = n;
}

std::shared_ptr<const char[]> Inbox::keep_block() noexcept {
  shared_ = true;
  return memory_;
}

void Inbox::clear() noexcept {
  begin_ = end_ = last_read_ = 0;
  shared_ = false;
  if (!lent_ && capacity_ == kSmallest) return;
  memory_.reset();
  capacity_ = 0;
  lent_ = false;
}

Chunk Inbox::piece(std::string_view run) {
  if (2 * run.size() < capacity_) return Chunk::copy_of(run);
  lent_ = true;
  return {keep_block(), run};
}

void Inbox::move_down(std::string_view run, const char* to) noexcept {
  std::memmove(memory_.get() + (to - memory_.get()), run.data(), run.size());
}

}  // namespace wf::upstream
