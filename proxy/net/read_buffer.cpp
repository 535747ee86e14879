#include "proxy/net/read_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace wf::net {

boost::asio::mutable_buffer ReadBuffer::prepare(std::size_t least) {
  if (capacity_ - end_ < least) {
    const std::size_t used = end_ - begin_;
    if (capacity_ - used < least) {
      const std::size_t grown = std::max(capacity_ * 2, used + least);
      auto data = std::make_unique_for_overwrite<char[]>(grown);
      if (used != 0) std::memcpy(data.get(), data_.get() + begin_, used);
      data_ = std::move(data);
      capacity_ = grown;
    } else {
      std::memmove(data_.get(), data_.get() + begin_, used);
    }
    begin_ = 0;
    end_ = used;
  }
  return {data_.get() + end_, capacity_ - end_};
}

void ReadBuffer::append(std::string_view bytes) {
  if (bytes.empty()) return;
  std::memcpy(prepare(bytes.size()).data(), bytes.data(), bytes.size());
  commit(bytes.size());
}

void ReadBuffer::shrink(std::size_t keep) noexcept {
  if (begin_ != end_ || capacity_ <= keep) return;
  data_.reset();
  capacity_ = begin_ = end_ = 0;
}

}  // namespace wf::net
