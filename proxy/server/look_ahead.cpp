#include "proxy/server/look_ahead.hpp"

namespace wf::server {

net::Task<void> LookAhead::read(std::size_t most) {
  while (size_ <= most) {
    Result<Chunk> chunk = co_await exchange_.read_body();
    if (!chunk) {
      error_ = chunk.error();
      co_return;
    }
    if (chunk->empty()) {
      whole_ = true;
      co_return;
    }
    size_ += chunk->size();
    pieces_.push_back(std::move(*chunk));
  }
}

std::string LookAhead::text() const {
  std::string text;
  if (!whole_) return text;
  text.reserve(size_);
  for (const Chunk& piece : pieces_) text += piece.view();
  return text;
}

Result<std::string_view> LookAhead::next() {
  if (next_ < pieces_.size()) return pieces_[next_++].view();
  if (error_) return *error_;
  return exchange_.body_now();
}

}  // namespace wf::server
