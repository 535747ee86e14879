#include "proxy/server/fill.hpp"

#include "proxy/policy/forward.hpp"
#include "proxy/policy/validation.hpp"
#include "proxy/server/fill_run.hpp"
#include "proxy/server/origin_request.hpp"
#include "proxy/server/parts.hpp"

namespace wf::server {

namespace {

FillOrder make_order(Worker& worker, const Request& request, const Client& client,
                     const Found& found) {
  FillOrder order = record_order(request, client);
  order.seen = found.seen;
  order.content = request.content;
  order.outgoing = make_origin_request(worker.shared(), request, client, policy::Purpose::Fill, {});
  if (!found.record || found.record->kind != cache::RecordKind::Response) return order;
  // Judged after the fill's `as_of` was taken: no 304 revives what was purged meanwhile (§7).
  if (!worker.shared().purges.valid(*found.record)) return order;
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
      make_origin_request(worker.shared(), request, client, policy::Purpose::Fill, conditions);
  return order;
}

/// The task: the permit is the first to be made and the last to go.
net::Task<void> run_fill(Worker& worker, FillOrder order, cache::FillPermit permit) {
  FillRun run{worker, std::move(order), permit.fill()};
  co_await run.run();
}

}  // namespace

FillOrder record_order(const Request& request, const Client& client) {
  FillOrder order;
  order.key = client.keys.key;
  order.variant = client.keys.variant;
  order.route.route = request.route.route;
  order.route.index = request.route.index;
  order.request_fields = owned(request.facts.fields);
  order.tags = tag_order(request, client.scheme);
  return order;
}

Joined join_fill(Worker& worker, const Request& request, const Client& client, const Found& found,
                 Collapse collapse) {
  Shared& shared = worker.shared();
  const cache::Stamp now = shared.purges.position();
  cache::FillTable::Joined joined;
  if (collapse == Collapse::Alone) {
    joined = {std::make_shared<cache::Fill>(client.keys.slot, now), true};
  } else {
    const auto may_join = [&](const cache::Stamp& as_of) {
      return collapse == Collapse::Join && shared.purges.valid(as_of, client.keys.key) &&
             may_follow(worker, request.route.index, as_of);
    };
    joined = shared.fills.join(client.keys.slot, now, may_join);
  }
  // The place in the body is taken before the fill can run, so that the first byte is still there.
  Joined result{joined.fill, joined.fill->feed().join(), joined.leader};
  if (joined.leader) {
    FillOrder order = make_order(worker, request, client, found);
    order.alone = collapse == Collapse::Alone;
    worker.tasks().spawn(
        run_fill(worker, std::move(order), cache::FillPermit{shared.fills, joined.fill}));
  }
  return result;
}

void refresh(Worker& worker, const Request& request, const Client& client, const Found& found) {
  static_cast<void>(join_fill(worker, request, client, found, Collapse::Join));
}

}  // namespace wf::server
