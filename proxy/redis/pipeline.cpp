#include "proxy/redis/pipeline.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace wf::redis {

namespace {

/// All who wait must be told, if need be in fewer words.
Error brief_copy(const Error& error) noexcept {
  try {
    return error;
  } catch (const std::bad_alloc&) {
    return {error.code, error.side, error.retry, {}};
  }
}

}  // namespace

Waiter::~Waiter() {
  if (pipeline_ != nullptr) pipeline_->abandon(*this);
}

Pipeline::Pipeline(PipelineLimits limits) : limits_(limits), places_(limits.in_flight) {}

Pipeline::~Pipeline() { fail_all({ErrorCode::Cancelled, Side::Store, Retry::No, "closed"}); }

Result<void> Pipeline::push(Args args, Times times, Waiter* waiter) {
  if (places_.full()) {
    return Error{ErrorCode::Unavailable, Side::Store, Retry::Safe, "too many commands in flight"};
  }
  // One command larger than the limit may still go alone.
  if (!unsent_.empty() && unsent_.size() + encoded_size(args) > limits_.unsent.count) {
    return Error{ErrorCode::Unavailable, Side::Store, Retry::Safe, "too many bytes unsent"};
  }
  append_command(unsent_, args);
  if (waiter != nullptr) {
    waiter->pipeline_ = this;
    waiter->ticket_ = front_ticket_ + places_.size();
  }
  const TimePoint deadline = waiter != nullptr ? times.deadline : TimePoint::max();
  places_.push_back(Place{waiter, times.now, deadline});
  return {};
}

void Pipeline::take_output(std::string& into) noexcept {
  into.swap(unsent_);
  first_unsent_ticket_ = front_ticket_ + places_.size();
}

void Pipeline::tell(Place& place, Result<Reply> result) noexcept {
  Waiter* waiter = std::exchange(place.waiter, nullptr);
  place.deadline = TimePoint::max();
  if (waiter == nullptr) return;
  waiter->pipeline_ = nullptr;
  waiter->on_result(std::move(result));
}

Result<void> Pipeline::on_reply(Result<Reply> reply) {
  const bool nothing_asked = places_.empty() || front_ticket_ == first_unsent_ticket_;
  if (nothing_asked) {
    return Error{ErrorCode::Malformed, Side::Store, Retry::No, "a reply that nobody asked for"};
  }
  Place place = places_.front();
  places_.pop_front();
  ++front_ticket_;
  tell(place, std::move(reply));
  return {};
}

std::size_t Pipeline::expire(TimePoint now) {
  std::size_t expired = 0;
  for (Place& place : places_) {
    if (place.deadline > now) continue;
    // Not Safe even if unsent: the bytes are queued and will still be sent.
    tell(place, Error{ErrorCode::Timeout, Side::Store, Retry::No, "no reply within the time"});
    ++expired;
  }
  return expired;
}

void Pipeline::fail_all(const Error& error) noexcept {
  unsent_.clear();
  for (std::uint64_t ticket = front_ticket_; !places_.empty(); ++ticket) {
    Place place = places_.front();
    places_.pop_front();
    Error mine = brief_copy(error);
    mine.retry = ticket >= first_unsent_ticket_ ? Retry::Safe : Retry::No;
    tell(place, std::move(mine));
  }
}

TimePoint Pipeline::next_deadline() const noexcept {
  TimePoint next = TimePoint::max();
  for (const Place& place : places_) next = std::min(next, place.deadline);
  return next;
}

std::optional<TimePoint> Pipeline::waiting_since() const noexcept {
  if (places_.empty()) return std::nullopt;
  return places_.front().pushed;
}

void Pipeline::abandon(const Waiter& waiter) noexcept {
  Place& place = places_[static_cast<std::size_t>(waiter.ticket_ - front_ticket_)];
  place.waiter = nullptr;
  place.deadline = TimePoint::max();
}

}  // namespace wf::redis
