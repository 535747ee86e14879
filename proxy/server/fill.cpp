#include "proxy/server/fill.hpp"

#include "proxy/policy/forward.hpp"
#include "proxy/policy/validation.hpp"
#include "proxy/server/fill_run.hpp"
#include "proxy/server/origin_request.hpp"
#include "proxy/server/parts.hpp"

namespace wf::server {

namespace {

FillOrder make_order(Worker& worker, const Request& request, const Asker& asker,
                     const Found& found) {
  FillOrder order = record_order(request, asker);
  order.seen = found.seen;
  order.content = request.content;
  order.outgoing = make_origin_request(worker.shared(), request, asker, policy::Purpose::Fill, {});
  if (!found.record || found.record->kind != cache::RecordKind::Response) return order;
  // Judged after the fill's `as_of` was taken: no 304 revives what was purged meanwhile (§7).
  const auto verdict = worker.shared().purges.verdict(*found.record);
  if (verdict == invalidation::Verdict::Invalid) return order;
  const std::vector<Field> stored = cache::head_fields(*found.record);
  const bool part = is_part(*found.record);
  if (part && !cache::is_whole(*found.record)) return order;  // most of it lies in Redis
  const OwnedFields conditions = part ? policy::completion_fields(extent_of(*found.record), stored)
                                      : policy::conditional_fields(stored);
  if (!part) order.stale = found.record;
  // To a QUERY whose condition fails an origin may say 412 (RFC 9110 §13.1.2): it is asked anew.
  if (conditions.empty() || request.method() == policy::Method::Query) return order;
  if (part) order.part = found.record;
  order.conditional =
      make_origin_request(worker.shared(), request, asker, policy::Purpose::Fill, conditions);
  return order;
}

/// The task: the permit is the first to be made and the last to go.
net::Task<void> run_fill(Worker& worker, FillOrder order, cache::FillPermit permit) {
  FillRun run{worker, std::move(order), permit.fill()};
  co_await run.run();
}

net::Task<void> run_arrived(Worker& worker, FillOrder order, cache::FillPermit permit,
                            Arrived arrived) {
  FillRun run{worker, std::move(order), permit.fill()};
  co_await run.go_on(std::move(arrived));
}

/// Whether an answer that is under way may still be given to somebody who comes now: no purge since
/// it was begun, as far as its tags are known; and without a lease, only as long as the origin was
/// not asked (design §7).
bool may_join(Worker& worker, const cache::Fill& fill, const invalidation::Subject& asked) {
  const auto& purges = worker.shared().purges;
  if (trust(worker) == invalidation::Trust::None && fill.asked()) return false;
  if (!purges.valid(fill.as_of(), asked)) return false;
  const cache::RecordPtr known = fill.record();
  return !known || purges.valid(fill.as_of(), subject(*known));
}

}  // namespace

FillOrder record_order(const Request& request, const Asker& asker) {
  FillOrder order;
  order.key = asker.keys.key;
  order.variant = asker.keys.variant;
  order.route.route = request.route.route;
  order.route.templates = request.route.templates;
  order.route.index = request.route.index;
  order.footing = request.footing;
  order.request_fields = owned(request.facts.fields);
  order.tags = tag_order(request, asker.scheme);
  return order;
}

Joined join_fill(Worker& worker, const Request& request, const Asker& asker, const Found& found,
                 Collapse collapse) {
  Shared& shared = worker.shared();
  const cache::Stamp now = shared.purges.position();
  cache::FillTable::Joined joined;
  if (collapse == Collapse::Alone) {
    joined = {std::make_shared<cache::Fill>(asker.keys.slot, now), true};
  } else {
    const invalidation::Subject asked{asker.keys.key};
    const auto joinable = [&](const cache::Fill& fill) {
      return collapse == Collapse::Join && may_join(worker, fill, asked) &&
             may_follow(worker, request.route, fill.as_of());
    };
    joined = shared.fills.join(asker.keys.slot, now, joinable);
  }
  // At once: whatever fails from here on, nobody waits for a fill that nobody runs.
  std::optional<cache::FillPermit> permit;
  if (joined.leader) permit.emplace(shared.fills, joined.fill);
  // The place in the body is taken before the fill can run, so that the first byte is still there.
  Joined result{joined.fill, joined.fill->feed().join(), joined.leader};
  if (joined.leader) {
    FillOrder order = make_order(worker, request, asker, found);
    order.alone = collapse == Collapse::Alone;
    // Without a lease nothing is shared that is out already, but what comes next is: the origin
    // sees one request at a time for a key.
    if (trust(worker) == invalidation::Trust::None) order.after = std::move(joined.replaced);
    worker.tasks().spawn(run_fill(worker, std::move(order), *std::move(permit)));
  }
  return result;
}

Joined become_fill(Worker& worker, const Request& request, const Asker& asker, cache::EntityId seen,
                   Arrived arrived) {
  const auto fill = std::make_shared<cache::Fill>(asker.keys.slot, arrived.as_of);
  Joined result{fill, fill->feed().join(), true};
  FillOrder order = record_order(request, asker);
  order.outgoing.method = request.method();
  order.seen = seen;
  order.alone = true;
  worker.tasks().spawn(run_arrived(worker, std::move(order),
                                   cache::FillPermit{worker.shared().fills, fill},
                                   std::move(arrived)));
  return result;
}

void refresh(Worker& worker, const Request& request, const Asker& asker, const Found& found) {
  static_cast<void>(join_fill(worker, request, asker, found, Collapse::Join));
}

}  // namespace wf::server
