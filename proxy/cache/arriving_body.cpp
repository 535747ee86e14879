#include "proxy/cache/arriving_body.hpp"

#include <algorithm>

namespace wf::cache {

namespace {

constexpr Millis kFirstPoll{2};
constexpr Millis kLastPoll{20};

Error lost() {
  return {ErrorCode::Cancelled, Side::Store, Retry::No, "the proxy that fetched it gave up"};
}

}  // namespace

net::Task<Result<Chunk>> ArrivingBody::next() {
  // The end lies within the last chunk's place, unless that one is full.
  if (at_ >= record_->body_size) co_return Chunk{};
  const std::uint64_t index = chunk_of(at_);
  const ByteSpan span = chunk_span(index, record_->body_size);
  const BodyName body{slot_.resource, record_->body_id()};
  net::Notifier pause;
  bool last_look = false;
  for (Millis poll = kFirstPoll;; poll = std::min(poll * 2, kLastPoll)) {
    const auto chunk = co_await store_.chunks().get(body, static_cast<std::uint32_t>(index));
    if (!chunk) co_return chunk.error();
    if (chunk->size() == span.size()) {
      at_ = span.end;
      co_return *chunk;
    }
    if (!chunk->empty() || last_look) co_return lost();
    const auto arriving = co_await store_.is_arriving(slot_, record_->body_id());
    if (!arriving) co_return arriving.error();
    // It may have been stored whole between the two looks.
    last_look = !*arriving;
    if (*arriving) co_await pause.wait(pause.epoch(), net::after(poll));
  }
}

}  // namespace wf::cache
