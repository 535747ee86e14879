#include "proxy/redis/breaker.hpp"

#include <algorithm>

namespace wf::redis {

bool Breaker::admit(TimePoint now) noexcept {
  if (state_ == State::Closed) return true;
  if (now < probe_at_) return false;
  state_ = State::HalfOpen;
  probe_at_ = now + settings_.probe_after;
  return true;
}

void Breaker::on_success() noexcept {
  state_ = State::Closed;
  timeouts_ = 0;
  silent_since_.reset();
}

void Breaker::on_timeout(TimePoint sent, TimePoint now) noexcept {
  switch (state_) {
    case State::Closed: {
      ++timeouts_;
      silent_since_ = std::min(silent_since_.value_or(sent), sent);
      const bool silent = now - *silent_since_ >= settings_.silence;
      if (timeouts_ >= settings_.timeouts || silent) open(now);
      return;
    }
    case State::HalfOpen:
      // Keeps the rhythm of the probes: the next one goes `probe_after` after this one went.
      state_ = State::Open;
      return;
    case State::Open:
      return;  // one that was sent before it opened
  }
}

void Breaker::on_down(TimePoint now) noexcept { open(now); }

void Breaker::open(TimePoint now) noexcept {
  state_ = State::Open;
  timeouts_ = 0;
  silent_since_.reset();
  probe_at_ = now + settings_.probe_after;
}

}  // namespace wf::redis
