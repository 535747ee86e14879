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
      if (lag() < window_) co_return true;
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

std::optional<BodyFeed::Reader> BodyFeed::join() {
  const std::lock_guard lock{mutex_};
  if (first_ != 0 || state_ == State::Failed) return std::nullopt;
  readers_.push_back({next_id_, 0});
  return Reader{*this, next_id_++};
}

net::Task<Result<Chunk>> BodyFeed::Reader::next() {
  for (;;) {
    const auto seen = feed_->arrived_.epoch();
    {
      const std::lock_guard lock{feed_->mutex_};
      Place& place = *feed_->place_of(id_);
      if (place.next < feed_->first_ + feed_->chunks_.size()) {
        Chunk chunk = feed_->chunks_[place.next - feed_->first_];
        ++place.next;
        feed_->drop_passed();
        if (!feed_->keeping_) feed_->passed_.notify_all();
        co_return chunk;
      }
      if (feed_->state_ == State::Complete) co_return Chunk{};
      if (feed_->state_ == State::Failed) co_return feed_->error_;
    }
    co_await feed_->arrived_.wait(seen, kNoDeadline);
  }
}

void BodyFeed::leave(std::uint64_t id) {
  {
    const std::lock_guard lock{mutex_};
    std::erase_if(readers_, [id](const Place& p) { return p.id == id; });
    drop_passed();
  }
  passed_.notify_all();
}

void BodyFeed::drop_passed() {
  if (keeping_ || readers_.empty()) return;
  const auto slowest =
      std::min_element(readers_.begin(), readers_.end(),
                       [](const Place& a, const Place& b) { return a.next < b.next; });
  for (; first_ < slowest->next && !chunks_.empty(); ++first_) chunks_.pop_front();
}

std::size_t BodyFeed::lag() const {
  std::size_t bytes = 0;
  for (const Chunk& chunk : chunks_) bytes += chunk.size();
  return bytes;
}

BodyFeed::Place* BodyFeed::place_of(std::uint64_t id) {
  return &*std::find_if(readers_.begin(), readers_.end(),
                        [id](const Place& p) { return p.id == id; });
}

}  // namespace wf::cache
