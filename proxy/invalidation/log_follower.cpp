#include "proxy/invalidation/log_follower.hpp"

#include <algorithm>

#include "proxy/invalidation/log_scripts.hpp"

namespace wf::invalidation {

namespace {

/// Steady clocks drift apart by some parts in a million.
constexpr Millis kSynchroniseEvery{600'000};
/// The lease is renewed at a third of it, so that two renewals may fail.
constexpr int kRenewals = 3;

}  // namespace

net::Task<Result<void>> LogFollower::catch_up(redis::Commands& redis) {
  for (;;) {
    const Result<bool> more = co_await turn(redis);
    if (!more) {
      // It may be another Redis, with another clock, that answers next.
      next_synchronisation_ = {};
      parts_.lease.redis_failed(boot_now());
      co_return more.error();
    }
    if (!*more) co_return Result<void>{};
  }
}

net::Task<Result<bool>> LogFollower::turn(redis::Commands& redis) {
  const Stamp at = parts_.table.position();
  const SteadyTime asked = parts_.clock.local().steady();
  const auto sent = boot_now();
  const Tell telling = std::exchange(tell_, Tell::No);
  const auto reply = co_await invalidation::catch_up(redis, settings_, at, telling);
  if (!reply) {
    tell_ = telling;
    co_return reply.error();
  }
  synchronise(reply->time, asked);
  if (reply->reload) {
    const Result<void> reloaded = co_await reload(redis);
    if (!reloaded) co_return reloaded.error();
    co_return true;
  }
  // Applied first, trusted then: the lease comes with all that was missing when it was granted.
  apply(reply->entries);
  if (reply->lease > Millis{0}) parts_.lease.granted(sent, reply->lease);
  co_return reply->lease == Millis{0} || tell_ == Tell::Yes;
}

void LogFollower::apply(const std::vector<LogEntry>& entries) {
  for (const LogEntry& entry : entries) {
    parts_.table.apply({entry.birth, entry.sequence}, entry.selectors);
    if (entry.awaited) tell_ = Tell::Yes;
    if (entry.refetch && entry.birth == parts_.table.position().birth) {
      parts_.refetches.push(entry.selectors);
    }
  }
}

// By pages, so that Redis is not held up: the position is the tail as it was with the first one,
// and a selector that moves while the others are read is either found at its new place or, like
// what comes after, in the log. A new birth between two pages begins it anew.
net::Task<Result<void>> LogFollower::reload(redis::Commands& redis) {
  Result<ReloadReply> first = co_await invalidation::reload(redis, settings_, Sequence{});
  if (!first) co_return first.error();
  PurgeIndex index = parts_.table.fresh_index();
  std::vector<Purged> page = std::move(first->page);
  for (;;) {
    for (const Purged& purged : page) index.record(purged.newest, purged.selector);
    if (page.size() < scripts::kPage) break;
    Result<ReloadReply> next = co_await invalidation::reload(redis, settings_, page.back().newest);
    if (!next) co_return next.error();
    if (next->birth != first->birth) co_return Result<void>{};
    page = std::move(next->page);
  }
  parts_.table.reload({first->birth, first->tail}, std::move(index));
  parts_.server.set(first->identity);
  ++reloads_;
  co_return Result<void>{};
}

void LogFollower::synchronise(UnixTime remote, SteadyTime asked) {
  if (timer_now() < next_synchronisation_) return;
  next_synchronisation_ = net::after(kSynchroniseEvery);
  const SteadyTime heard = parts_.clock.local().steady();
  parts_.clock.synchronise(remote, asked + (heard - asked) / 2);
}

net::Task<Result<void>> LogFollower::await_news(redis::Commands& redis) {
  const Millis block = std::max(settings_.lease / kRenewals, Millis{1});
  const Sequence position = parts_.table.position().sequence;
  const Result<void> news = co_await await_entry(redis, settings_, position, block);
  if (!news) parts_.lease.redis_failed(boot_now());
  co_return news;
}

}  // namespace wf::invalidation
