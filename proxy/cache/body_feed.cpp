#include "proxy/cache/body_feed.hpp"

#include <algorithm>

namespace wf::cache {

namespace {
constexpr auto kNoDeadline = net::Notifier::TimePoint::max();
}

void BodyFeed::push(Chunk chunk) {
  {
    const std::lock_guard lock{mutex_};
    const std::size_t size = chunk.size();
    pieces_.push_back({size_, std::move(chunk)});  // first, since it may fail
    size_ += size;
    held_ += size;
    drop();
  }
  arrived_.notify_all();
}

void BodyFeed::finish() {
  {
    const std::lock_guard lock{mutex_};
    state_ = State::Complete;
  }
  arrived_.notify_all();
}

void BodyFeed::fail(Error error) {
  {
    const std::lock_guard lock{mutex_};
    if (state_ != State::Arriving) return;
    state_ = State::Failed;
    error_ = std::move(error);
  }
  arrived_.notify_all();
}

void BodyFeed::stored(std::uint64_t offset) {
  const std::lock_guard lock{mutex_};
  stored_ = offset;
  drop();
}

void BodyFeed::keep_unstored() {
  const std::lock_guard lock{mutex_};
  if (keep_ == Keep::All) keep_ = Keep::Unstored;
  drop();
}

void BodyFeed::stop_keeping() {
  const std::lock_guard lock{mutex_};
  keep_ = Keep::Unread;
  drop();
}

net::Task<bool> BodyFeed::wait_for_room() {
  for (;;) {
    const auto seen = passed_.epoch();
    {
      const std::lock_guard lock{mutex_};
      if (keep_ != Keep::Unread) co_return true;
      if (readers_.empty()) co_return false;
      if (held_ < window_) co_return true;
    }
    co_await passed_.wait(seen, kNoDeadline);
  }
}

std::vector<Chunk> BodyFeed::chunks() const {
  const std::lock_guard lock{mutex_};
  std::vector<Chunk> all;
  all.reserve(pieces_.size());
  for (const Piece& piece : pieces_) all.push_back(piece.chunk);
  return all;
}

std::uint64_t BodyFeed::size() const {
  const std::lock_guard lock{mutex_};
  return size_;
}

bool BodyFeed::failed() const {
  const std::lock_guard lock{mutex_};
  return state_ == State::Failed;
}

bool BodyFeed::has_readers() const {
  const std::lock_guard lock{mutex_};
  return !readers_.empty();
}

std::optional<BodyFeed::Reader> BodyFeed::join() {
  const std::lock_guard lock{mutex_};
  const bool gone = keep_ == Keep::Unread && begin() != 0;
  const bool given_up = keep_ == Keep::Unread && readers_.empty() && state_ == State::Arriving;
  if (gone || given_up || state_ == State::Failed) return std::nullopt;
  return Reader{*this, readers_.insert(readers_.end(), 0)};
}

std::uint64_t BodyFeed::begin() const { return pieces_.empty() ? size_ : pieces_.front().offset; }

std::optional<BodyFeed::Next> BodyFeed::look(std::uint64_t at) const {
  if (at < begin()) return Next{{}, {at, begin()}};
  if (at == size_) return std::nullopt;
  const auto after = std::upper_bound(
      pieces_.begin(), pieces_.end(), at,
      [](std::uint64_t offset, const Piece& piece) { return offset < piece.offset; });
  return Next{std::prev(after)->chunk, {}};
}

net::Task<Result<BodyFeed::Next>> BodyFeed::Reader::next() {
  for (;;) {
    const auto seen = feed_->arrived_.epoch();
    std::optional<Next> found;
    {
      const std::lock_guard lock{feed_->mutex_};
      found = feed_->look(*place_);
      if (!found && feed_->state_ == State::Complete) co_return Next{};
      if (!found && feed_->state_ == State::Failed) co_return feed_->error_;
    }
    if (found) {
      feed_->advance(place_, found->chunk.size());
      co_return std::move(*found);
    }
    co_await feed_->arrived_.wait(seen, kNoDeadline);
  }
}

void BodyFeed::Reader::skip(std::uint64_t bytes) { feed_->advance(place_, bytes); }

bool BodyFeed::Reader::ready() const {
  const std::lock_guard lock{feed_->mutex_};
  return *place_ < feed_->size_ || feed_->state_ != State::Arriving;
}

void BodyFeed::advance(Place place, std::uint64_t bytes) {
  bool writer_waits = false;
  {
    const std::lock_guard lock{mutex_};
    writer_waits = keep_ == Keep::Unread && *place <= begin();
    *place += bytes;
    if (writer_waits) drop();
  }
  if (writer_waits) passed_.notify_all();
}

void BodyFeed::leave(Place place) {
  {
    const std::lock_guard lock{mutex_};
    readers_.erase(place);
    drop();
  }
  passed_.notify_all();
}

void BodyFeed::drop() {
  std::uint64_t needed = 0;  // what ends before it need not be kept
  std::size_t least = 0;     // but so much is
  switch (keep_) {
    case Keep::All:
      return;
    case Keep::Unstored:
      needed = stored_;
      least = window_;
      break;
    case Keep::Unread:
      if (readers_.empty()) return;
      needed = *std::min_element(readers_.begin(), readers_.end());
      break;
  }
  while (!pieces_.empty() && pieces_.front().end() <= needed &&
         held_ - pieces_.front().chunk.size() >= least) {
    held_ -= pieces_.front().chunk.size();
    pieces_.pop_front();
  }
}

}  // namespace wf::cache
