#include "proxy/server/refetcher.hpp"

#include "proxy/observe/log.hpp"
#include "proxy/server/fill.hpp"
#include "proxy/server/record_request.hpp"

namespace wf::server {

namespace {

using invalidation::Trust;
using invalidation::Verdict;

/// Places of memory per step, under one lock.
constexpr std::size_t kStep = 64;
/// How long a fill is waited for before it is looked whether we are to stop.
constexpr net::milliseconds kLook{100};

void report_escape(std::string_view what) { spdlog::error("refetching: {}", what); }

/// The selectors as an index of their own, which knows how to match them.
invalidation::PurgeIndex index_of(const std::vector<invalidation::Selector>& selectors) {
  constexpr auto kForever = Millis::max();
  invalidation::PurgeIndex index{kForever, selectors.size()};
  for (const auto& selector : selectors) index.record({1, 0}, selector);
  return index;
}

}  // namespace

Refetcher::Refetcher(Worker& worker)
    : worker_(worker),
      walking_(worker.executor(), report_escape),
      fetching_(worker.executor(), report_escape) {}

void Refetcher::start() {
  walking_.keep_up([this] { return run(); });
}

net::Task<void> Refetcher::stop() {
  stopping_ = true;
  changed_.notify_all();
  worker_.shared().purge_log.refetches().pushed().notify_all();
  co_await walking_.join();
  co_await fetching_.join();
}

net::Task<void> Refetcher::run() {
  invalidation::RefetchQueue& queue = worker_.shared().purge_log.refetches();
  while (!stopping_) {
    const auto seen = queue.pushed().epoch();
    std::vector<invalidation::Selector> selectors = queue.take();
    if (selectors.empty()) {
      co_await queue.pushed().wait(seen, net::Notifier::TimePoint::max());
    } else {
      co_await refetch(std::move(selectors));
    }
  }
}

net::Task<void> Refetcher::refetch(std::vector<invalidation::Selector> selectors) {
  const invalidation::PurgeIndex named = index_of(selectors);
  net::Alarm next_turn{worker_.executor()};
  cache::MemoryTier::Cursor cursor;
  std::vector<cache::RecordPtr> records;
  while (!cursor.done && !stopping_) {
    records.clear();
    worker_.shared().memory.visit(cursor, kStep, records);
    for (cache::RecordPtr& record : records) {
      if (!wanted(*record, named)) continue;
      const bool room = co_await wait_for_room();
      if (!room) co_return;
      fetching_.spawn(refetch_one(std::move(record)));
    }
    co_await next_turn.until(timer_now());
  }
}

bool Refetcher::wanted(const cache::Record& record, const invalidation::PurgeIndex& named) const {
  return record.kind == cache::RecordKind::Response &&
         named.verdict(subject(record), {}) != Verdict::Valid &&
         worker_.shared().purges.verdict(record) == Verdict::Stale;
}

net::Task<bool> Refetcher::wait_for_room() {
  while (!stopping_) {
    const auto seen = changed_.epoch();
    if (fetching_.running() < kAtOnce) co_return true;
    co_await changed_.wait(seen, net::Notifier::TimePoint::max());
  }
  co_return false;
}

net::Task<void> Refetcher::refetch_one(cache::RecordPtr record) {
  const RecordRequest asked{worker_.footing(), std::move(record)};
  if (asked.request() != nullptr && trust(worker_) == Trust::Exact) {
    Found found{asked.record(), "memory", asked.record()->id};
    found.purged = worker_.shared().purges.soft_since(*asked.record());
    worker_.tally().refetches.add();
    Joined joined = join_fill(worker_, *asked.request(), asked.asker(), found, Collapse::Join);
    // Nobody reads it here: the body goes into the stores.
    joined.reader.reset();
    while (!joined.fill->ended() && !stopping_) {
      co_await joined.fill->wait_ended(net::after(kLook));
    }
  }
  changed_.notify_all();
}

}  // namespace wf::server
