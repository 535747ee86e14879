#include "proxy/cache/chunk_writer.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace wf::cache {

using net::Task;

struct ChunkWriter::Progress {
  std::map<std::uint64_t, std::uint64_t> ahead;  // begin → end, confirmed out of order
  std::uint64_t stored = 0;
  std::uint64_t unstored = 0;
  bool failed = false;
  net::Notifier changed;

  void confirm(ByteSpan span) {
    unstored -= span.size();
    ahead.emplace(span.begin, span.end);
    while (!ahead.empty() && ahead.begin()->first == stored) {
      stored = ahead.begin()->second;
      ahead.erase(ahead.begin());
    }
    changed.notify_all();
  }
  void fail() noexcept {
    failed = true;
    changed.notify_all();
  }
};

/// One write, which has failed until it is known that it has not.
class ChunkWriter::Write {
 public:
  explicit Write(std::shared_ptr<Progress> progress) noexcept : progress_(std::move(progress)) {}
  Write(const Write&) = delete;
  Write& operator=(const Write&) = delete;
  ~Write() {
    if (!confirmed_) progress_->fail();
  }
  void confirm(ByteSpan span) {
    progress_->confirm(span);
    confirmed_ = true;
  }

 private:
  std::shared_ptr<Progress> progress_;
  bool confirmed_ = false;
};

ChunkWriter::ChunkWriter(ChunkStore& store, net::TaskGroup& tasks, ChunkOrder order)
    : store_(store), tasks_(tasks), order_(order), progress_(std::make_shared<Progress>()) {}

std::uint64_t ChunkWriter::stored() const noexcept { return progress_->stored; }

Task<bool> ChunkWriter::take(Chunk piece) {
  while (!piece.empty() && !progress_->failed) {
    const std::uint64_t end = chunk_span(chunk_of(size_), kUnknownSize).end;
    const std::size_t length = std::min<std::uint64_t>(piece.size(), end - size_);
    const Chunk part = piece.slice(0, length);
    piece = piece.slice(length, piece.size() - length);
    // Chunk 0 is written once a byte of the next one shows that there is one.
    if (open_from_ == 0 && size_ == kInlineBody) co_await flush();
    open_.push_back(part);
    if (size_ < kInlineBody) first_.push_back(part);
    size_ += length;
    if (size_ == end && size_ > kInlineBody) co_await flush();
  }
  co_return !progress_->failed;
}

Task<void> ChunkWriter::flush() {
  const ByteSpan span{open_from_, size_};
  begin_write(span, std::exchange(open_, {}));
  open_from_ = size_;
  co_await wait_until_unstored_below(kUnstored);
}

void ChunkWriter::begin_write(ByteSpan span, std::vector<Chunk> pieces) {
  progress_->unstored += span.size();
  tasks_.spawn(write(store_, order_, span, std::move(pieces), progress_));
}

Task<void> ChunkWriter::write(ChunkStore& store, ChunkOrder order, ByteSpan span,
                              std::vector<Chunk> pieces, std::shared_ptr<Progress> progress) {
  if (progress->failed) co_return;
  Write begun{std::move(progress)};
  const auto index = static_cast<std::uint32_t>(chunk_of(span.begin));
  const ChunkName name{order.body.id, index};
  std::string bytes = encode_chunk(name, pieces, order.coding);
  pieces.clear();
  const auto put = co_await store.put(order.body, index, std::move(bytes), order.keep_for);
  if (put) begun.confirm(span);
}

Task<void> ChunkWriter::wait_until_unstored_below(std::uint64_t bytes) {
  for (;;) {
    const auto seen = progress_->changed.epoch();
    if (progress_->failed || progress_->unstored < bytes) co_return;
    co_await progress_->changed.wait(seen, net::Notifier::TimePoint::max());
  }
}

Task<bool> ChunkWriter::finish() {
  if (!large()) co_return !progress_->failed;
  if (!open_.empty()) co_await flush();
  co_await wait_until_unstored_below(1);
  co_return !progress_->failed;
}

}  // namespace wf::cache
