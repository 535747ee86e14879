#include "proxy/cache/chunk_reader.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace wf::cache {

using net::Task;

struct ChunkReader::Fetch {
  std::optional<Result<Chunk>> result;
  net::Notifier done;
};

/// Who waits is told in any case.
class ChunkReader::Arrival {
 public:
  explicit Arrival(std::shared_ptr<Fetch> into) noexcept : into_(std::move(into)) {}
  Arrival(const Arrival&) = delete;
  Arrival& operator=(const Arrival&) = delete;
  ~Arrival() {
    if (!into_->result) into_->result = Error{ErrorCode::Internal, Side::Self, Retry::No, {}};
    into_->done.notify_all();
  }
  void arrive(Result<Chunk> result) noexcept { into_->result = std::move(result); }

 private:
  std::shared_ptr<Fetch> into_;
};

ChunkReader::ChunkReader(ChunkStore& store, net::TaskGroup& tasks, BodyName body,
                         std::uint64_t size, ByteSpan span)
    : store_(store),
      tasks_(tasks),
      body_(std::move(body)),
      size_(size),
      at_(span.begin),
      end_(std::min(span.end, size)),
      next_asked_(chunk_of(span.begin)) {}

Task<void> ChunkReader::fetch(ChunkStore& store, BodyName body, std::uint32_t index,
                              std::shared_ptr<Fetch> into) {
  // Nobody waits any more: the reader has gone, or never came so far.
  if (into.use_count() == 1) co_return;
  Arrival arrival{std::move(into)};
  arrival.arrive(co_await store.get(std::move(body), index));
}

void ChunkReader::ask_ahead() {
  while (asked_.size() < 1 + kAhead && !chunk_span(next_asked_, end_).empty()) {
    auto place = std::make_shared<Fetch>();
    asked_.push_back(place);
    tasks_.spawn(fetch(store_, body_, static_cast<std::uint32_t>(next_asked_), std::move(place)));
    ++next_asked_;
  }
}

Task<Result<Chunk>> ChunkReader::front() {
  ask_ahead();
  const std::shared_ptr<Fetch> front = asked_.front();
  while (!front->result) {
    const auto seen = front->done.epoch();
    co_await front->done.wait(seen, net::Notifier::TimePoint::max());
  }
  if (!*front->result) co_return front->result->error();
  if ((*front->result)->size() != chunk_span(chunk_of(at_), size_).size()) {
    co_return Error{ErrorCode::Malformed, Side::Store, Retry::No, "a chunk of the body is lost"};
  }
  co_return **front->result;
}

Task<bool> ChunkReader::prime() {
  if (at_ >= end_) co_return true;
  const auto chunk = co_await front();
  co_return chunk.has_value();
}

Task<Result<Chunk>> ChunkReader::next() {
  if (at_ >= end_) co_return Chunk{};
  const auto whole = co_await front();
  if (!whole) co_return whole.error();
  const ByteSpan span = chunk_span(chunk_of(at_), size_);
  const std::uint64_t until = std::min(span.end, end_);
  Chunk part = whole->slice(at_ - span.begin, until - at_);
  at_ = until;
  asked_.pop_front();
  co_return part;
}

Task<Result<std::vector<Chunk>>> read_all(ChunkReader& reader) {
  std::vector<Chunk> body;
  for (;;) {
    Result<Chunk> piece = co_await reader.next();
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return body;
    body.push_back(std::move(*piece));
  }
}

}  // namespace wf::cache
