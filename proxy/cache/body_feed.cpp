#include "proxy/cache/body_feed.hpp"

#include <algorithm>

namespace wf::cache {

namespace {
constexpr auto kNoDeadline = net::Notifier::TimePoint::max();
}

void BodyFeed::push(Chunk chunk) {
  {
    const std::lock_guard lock{mutex_};
    size_ += chunk.size();
    held_ += chunk.size();
    chunks_.push_back(std::move(chunk));
    drop_passed();
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

void BodyFeed::stop_keeping() {
  const std::lock_guard lock{mutex_};
  keeping_ = false;
  drop_passed();
}

net::Task<bool> BodyFeed::wait_for_room() {
  for (;;) {
    const auto seen = passed_.epoch();
    {
      const std::lock_guard lock{mutex_};
      if (keeping_) co_return true;
      if (readers_.empty()) co_return false;
      if (held_ < window_) co_return true;
    }
    co_await passed_.wait(seen, kNoDeadline);
  }
}

std::vector<Chunk> BodyFeed::chunks() const {
  const std::lock_guard lock{mutex_};
  return {chunks_.begin(), chunks_.end()};
}

std::uint64_t BodyFeed::size() const {
  const std::lock_guard lock{mutex_};
  return size_;
}

bool BodyFeed::failed() const {
  const std::lock_guard lock{mutex_};
  return state_ == State::Failed;
}

std::optional<BodyFeed::Reader> BodyFeed::join() {
  const std::lock_guard lock{mutex_};
  const bool given_up = !keeping_ && readers_.empty() && state_ == State::Arriving;
  if (first_ != 0 || given_up || state_ == State::Failed) return std::nullopt;
  return Reader{*this, readers_.insert(readers_.end(), 0)};
}

net::Task<Result<Chunk>> BodyFeed::Reader::next() {
  for (;;) {
    const auto seen = feed_->arrived_.epoch();
    {
      const std::lock_guard lock{feed_->mutex_};
      std::uint64_t& next = *place_;
      if (next < feed_->first_ + feed_->chunks_.size()) {
        Chunk chunk = feed_->chunks_[next - feed_->first_];
        const bool may_drop = next == feed_->first_ && !feed_->keeping_;
        ++next;
        if (may_drop) feed_->drop_passed();
        if (may_drop) feed_->passed_.notify_all();
        co_return chunk;
      }
      if (feed_->state_ == State::Complete) co_return Chunk{};
      if (feed_->state_ == State::Failed) co_return feed_->error_;
    }
    co_await feed_->arrived_.wait(seen, kNoDeadline);
  }
}

bool BodyFeed::Reader::ready() const {
  const std::lock_guard lock{feed_->mutex_};
  return *place_ < feed_->first_ + feed_->chunks_.size() || feed_->state_ != State::Arriving;
}

void BodyFeed::leave(Place place) {
  {
    const std::lock_guard lock{mutex_};
    readers_.erase(place);
    drop_passed();
  }
  passed_.notify_all();
}

void BodyFeed::drop_passed() {
  if (keeping_ || readers_.empty()) return;
  const std::uint64_t slowest = *std::min_element(readers_.begin(), readers_.end());
  for (; first_ < slowest && !chunks_.empty(); ++first_) {
    held_ -= chunks_.front().size();
    chunks_.pop_front();
  }
}

}  // namespace wf::cache
