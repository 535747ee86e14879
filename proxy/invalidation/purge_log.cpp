#include "proxy/invalidation/purge_log.hpp"

#include <algorithm>

#include "proxy/invalidation/log_scripts.hpp"

namespace wf::invalidation {

namespace {

/// A waiter looks at the nodes table at these intervals: a report may be lost, and who has lost its
/// lease reports nothing.
constexpr Millis kFirstLook{25};
constexpr Millis kLastLook{400};

/// What the entry says beside its selectors.
std::string flags_of(const Purge& what) {
  std::string flags;
  if (what.wait == Wait::Fleet) flags += scripts::kAwaitedFlag;
  if (what.mode == PurgeMode::Refresh) flags += scripts::kRefetchFlag;
  return flags;
}

}  // namespace

net::Task<Receipt> PurgeLog::purge(redis::Commands* redis, Purge what, Millis timeout) {
  const std::vector<Selector> selectors = marked(std::move(what.selectors), what.mode);
  Receipt receipt;
  if (!settings_.shared || redis == nullptr) {
    receipt.sequence = table_.apply_local(selectors, clock_.now());
    if (what.mode == PurgeMode::Refresh) refetches_.push(selectors);
    co_return receipt;
  }
  const auto give_up = net::after(timeout);
  const std::string flags = flags_of(what);
  const Result<FleetReply> reply = co_await append_all(*redis, selectors, flags);
  const auto made = timer_now();
  if (!reply) {
    // In force here at once and until the fleet knows; the follower appends it when Redis is back.
    make_pending(selectors);
    receipt.state = Receipt::State::Pending;
    co_return receipt;
  }
  table_.apply_early({reply->birth, reply->sequence}, selectors);
  if (what.wait == Wait::None) {
    receipt.sequence = reply->sequence;
    receipt.state = Receipt::State::Accepted;
    co_return receipt;
  }
  Coherence coherence{*reply, made};
  co_return co_await wait_for_fleet(*redis, std::move(coherence), give_up);
}

net::Task<Receipt> PurgeLog::wait_for_fleet(redis::Commands& redis, Coherence coherence,
                                            net::Notifier::TimePoint give_up) {
  Millis interval = kFirstLook;
  auto next_look = net::after(interval);
  for (;;) {
    const auto seen = reports_.heard().epoch();
    const auto now = timer_now();
    for (const std::string& name : coherence.behind()) {
      if (reports_.applied(name, coherence.purge())) coherence.applied(name, now);
    }
    coherence.pass_time(now);
    if (coherence.settled() || now >= give_up) co_return coherence.receipt(now);
    if (now >= next_look) {
      const Result<FleetReply> look = co_await list_nodes(redis, settings_);
      // Without an answer the time that passes decides.
      if (look) coherence.look(*look, timer_now());
      interval = std::min(interval * 2, kLastLook);
      next_look = net::after(interval);
      continue;
    }
    const auto wake = std::min(std::min(give_up, next_look), coherence.next_change());
    co_await reports_.heard().wait(seen, wake);
  }
}

net::Task<Result<FleetReply>> PurgeLog::append_all(redis::Commands& redis,
                                                   std::span<const Selector> selectors,
                                                   std::string_view flags) {
  for (;;) {
    const auto entry =
        selectors.first(std::min<std::size_t>(selectors.size(), scripts::kSelectors));
    Result<FleetReply> reply = co_await append(redis, settings_, entry, flags);
    selectors = selectors.subspan(entry.size());
    if (!reply || selectors.empty()) co_return reply;
  }
}

std::size_t PurgeLog::pending() const {
  const std::lock_guard lock{mutex_};
  return pending_.size();
}

void PurgeLog::make_pending(const std::vector<Selector>& selectors) {
  const std::lock_guard lock{mutex_};
  table_.apply_pending(selectors);
  pending_.insert(selectors.begin(), selectors.end());
  if (pending_.size() <= kMostPending) return;
  // More than we want to keep: one purge of everything says as much (I8).
  const std::vector<Selector> everything{"n *"};
  table_.apply_pending(everything);
  const std::vector<Selector> all{pending_.begin(), pending_.end()};
  table_.withdraw_pending(all);
  pending_ = {everything.front()};
}

std::vector<Selector> PurgeLog::take_pending() {
  const std::lock_guard lock{mutex_};
  std::vector<Selector> taken;
  while (!pending_.empty() && taken.size() < scripts::kSelectors) {
    taken.push_back(std::move(pending_.extract(pending_.begin()).value()));
  }
  return taken;
}

void PurgeLog::put_back(const std::vector<Selector>& selectors) {
  const std::lock_guard lock{mutex_};
  pending_.insert(selectors.begin(), selectors.end());
}

net::Task<Result<void>> PurgeLog::append_pending(redis::Commands& redis) {
  for (;;) {
    std::vector<Selector> selectors = take_pending();
    if (selectors.empty()) co_return Result<void>{};
    const Result<FleetReply> reply = co_await append(redis, settings_, selectors, {});
    if (!reply) {
      put_back(selectors);
      co_return reply.error();
    }
    settle({reply->birth, reply->sequence}, std::move(selectors));
  }
}

void PurgeLog::settle(const Stamp& at, std::vector<Selector> selectors) {
  const std::lock_guard lock{mutex_};
  // Purged once more while this one was on its way: that one is still to come.
  const auto again = std::stable_partition(
      selectors.begin(), selectors.end(),
      [this](const Selector& selector) { return !pending_.contains(selector); });
  table_.settle(at, {selectors.begin(), again});
  table_.apply_early(at, {again, selectors.end()});
}

}  // namespace wf::invalidation
