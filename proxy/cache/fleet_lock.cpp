#include "proxy/cache/fleet_lock.hpp"

#include <algorithm>
#include <new>

#include "proxy/base/clock.hpp"
#include "proxy/net/notifier.hpp"
#include "proxy/redis/rejection.hpp"

namespace wf::cache {

namespace {

using net::milliseconds;

/// A waiter looks for itself at these intervals: a wake-up can be lost with its connection.
constexpr milliseconds kFirstPoll{5};
constexpr milliseconds kLastPoll{50};
/// While a Cluster moves a slot, scripts whose keys are not all there yet cannot run in it. That is
/// over when the slot has moved: worth waiting for, but not as long as for an origin.
constexpr milliseconds kMovePatience{1000};

bool is_moving(const Error& error) noexcept { return redis::is_rejection(error, "TRYAGAIN"); }

/// Whether Redis may have done what it was asked, although nobody heard of it.
bool may_be_done(const Error& error) noexcept {
  return error.code != ErrorCode::Rejected && error.code != ErrorCode::Unavailable;
}

net::Task<void> pause(milliseconds time) {
  net::Notifier never;
  co_await never.wait(never.epoch(), net::after(time));
}

}  // namespace

/// What the renewal needs; it may outlive the FleetLock by one round trip.
struct FleetLock::Hold {
  Hold(const Environment& environment, Slot where, LockToken mine)
      : store(environment.store),
        slot(std::move(where)),
        token(std::move(mine)),
        lease(environment.lease) {}

  RedisStore& store;
  Slot slot;
  LockToken token;
  milliseconds lease;
  bool held = true;
  net::Notifier ended;

  void end() noexcept {
    held = false;
    ended.notify_all();
  }

  [[nodiscard]] static net::Task<void> renew(std::shared_ptr<Hold> hold);
  [[nodiscard]] static net::Task<void> give_up(std::shared_ptr<Hold> hold);
};

net::Task<void> FleetLock::Hold::renew(std::shared_ptr<Hold> hold) {
  while (hold->held) {
    const auto seen = hold->ended.epoch();
    co_await hold->ended.wait(seen, net::after(hold->lease / 3));
    if (!hold->held) co_return;
    const auto state = co_await hold->store.renew(hold->slot, hold->token);
    // An error may pass before the lease does; a lost lock never comes back.
    if (state && *state == LockState::Lost) hold->held = false;
  }
}

net::Task<void> FleetLock::Hold::give_up(std::shared_ptr<Hold> hold) {
  static_cast<void>(co_await hold->store.release(hold->slot, hold->token));
}

FleetLock::FleetLock(Environment environment, Slot slot, const Stamp& as_of)
    : environment_(environment), slot_(std::move(slot)), token_(new_lock_token(as_of)) {}

FleetLock::~FleetLock() {
  if (!held()) return;
  hold_->end();
  try {
    environment_.tasks.spawn(Hold::give_up(hold_));
  } catch (const std::bad_alloc&) {
    // Others wait until the lease ends.
  }
}

bool FleetLock::held() const noexcept { return hold_ != nullptr && hold_->held; }

void FleetLock::begin_hold() {
  hold_ = std::make_shared<Hold>(environment_, slot_, token_);
  environment_.tasks.spawn(Hold::renew(hold_));
}

net::Task<FleetLock::Got> FleetLock::take(EntityId seen,
                                          const std::function<bool(const Stamp&)>& useful,
                                          Follow follow) {
  const Got got = co_await contend(seen, useful, follow);
  if (got == Got::Lock) begin_hold();
  co_return got;
}

net::Task<FleetLock::Got> FleetLock::contend(EntityId seen,
                                             const std::function<bool(const Stamp&)>& useful,
                                             Follow follow) {
  const auto woken = environment_.wakes.watch(to_string(slot_));
  const auto give_up = net::after(environment_.wait);
  milliseconds poll = kFirstPoll;
  for (;;) {
    const auto before = woken->epoch();
    const auto reply = co_await acquire(seen);
    if (!reply) co_return Got::Nothing;
    switch (reply->state) {
      case AcquireReply::State::Acquired:
        co_return Got::Lock;
      case AcquireReply::State::Found:
        co_return Got::Record;
      case AcquireReply::State::Failed:
        failure_ = reply->error;
        co_return Got::Failed;
      case AcquireReply::State::Arriving:
      case AcquireReply::State::Held:
        break;
    }
    if (co_await take_over(reply->holder, useful)) co_return Got::Lock;
    const bool arriving = reply->state == AcquireReply::State::Arriving;
    if (arriving && follow == Follow::Yes) co_return Got::Arriving;
    if (timer_now() >= give_up) co_return Got::Nothing;
    co_await woken->wait(before, std::min(give_up, net::after(poll)));
    poll = std::min(poll * 2, kLastPoll);
  }
}

net::Task<Result<AcquireReply>> FleetLock::acquire(EntityId seen) {
  const auto until = net::after(std::min(kMovePatience, environment_.wait));
  milliseconds delay = kFirstPoll;
  for (;;) {
    auto reply = co_await environment_.store.acquire(slot_, token_, seen, environment_.enough);
    if (reply) co_return reply;
    if (may_be_done(reply.error())) {
      // Others would wait a whole lease for a lock that nobody knows he has.
      environment_.tasks.spawn(Hold::give_up(std::make_shared<Hold>(environment_, slot_, token_)));
    }
    if (!is_moving(reply.error()) || timer_now() >= until) co_return reply;
    co_await pause(delay);
    delay = std::min(delay * 2, kLastPoll);
  }
}

net::Task<bool> FleetLock::take_over(const std::string& holder,
                                     const std::function<bool(const Stamp&)>& useful) {
  const auto other = parse_lock_value(holder);
  if (!other || useful(other->as_of)) co_return false;
  const auto state = co_await environment_.store.take_over(slot_, holder, token_);
  co_return state&&* state == LockState::Mine;
}

net::Task<void> FleetLock::announce(RecordPtr record) {
  if (!held()) co_return;
  // Nobody depends on it: who does not hear of it waits for the end.
  static_cast<void>(co_await environment_.store.announce(slot_, token_, std::move(record)));
}

net::Task<Result<StoreReply>> FleetLock::store(StoreRequest what) {
  const auto until = net::after(kMovePatience);
  while (held()) {
    StoreRequest once = what;
    auto reply = co_await environment_.store.store(slot_, token_, std::move(once));
    const bool again = !reply && is_moving(reply.error()) && timer_now() < until;
    if (again) {
      co_await pause(kLastPoll);
      continue;
    }
    if (reply && *reply != StoreReply::Replaced) hold_->end();
    co_return reply;
  }
  co_return StoreReply::TokenLost;
}

net::Task<void> FleetLock::release() {
  if (!held()) co_return;
  hold_->end();
  static_cast<void>(co_await environment_.store.release(slot_, token_));
}

net::Task<void> FleetLock::fail(ErrorCode how, Millis keep_for) {
  if (!held()) co_return;
  hold_->end();
  static_cast<void>(co_await environment_.store.fail(slot_, token_, how, keep_for));
}

}  // namespace wf::cache
