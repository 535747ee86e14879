#include "proxy/server/answer_fill.hpp"

#include "proxy/policy/freshness.hpp"
#include "proxy/policy/reuse.hpp"
#include "proxy/server/parts.hpp"
#include "proxy/server/pass.hpp"
#include "proxy/server/respond_stored.hpp"

namespace wf::server {

namespace {

using cache::FillAnswer;
using cache::FillKind;
using cache::ReadyBy;
using invalidation::Verdict;
using policy::ForwardReason;
using policy::Outcome;

ForwardReason forward_reason(const Client& client, const FillContext& context) {
  if (context.collapse == Collapse::Fresh) return ForwardReason::Request;
  const bool stored =
      context.found.record && context.found.record->kind == cache::RecordKind::Response;
  if (stored) {
    return is_part(*context.found.record) ? ForwardReason::Partial : ForwardReason::Stale;
  }
  return client.keys.variant.empty() ? ForwardReason::UriMiss : ForwardReason::VaryMiss;
}

StatusLine status_line(Worker& worker, const Client& client, const FillContext& context) {
  StatusLine status;
  status.parts.cache = worker.config().via;
  status.parts.fwd = forward_reason(client, context);
  status.detail = worker.config().cache_status;
  return status;
}

std::int64_t ttl_of(Worker& worker, const cache::Record& record) {
  const Millis left = record.facts.lifetime - policy::current_age(record.facts, worker.now());
  return std::chrono::round<Seconds>(left).count();
}

/// Whether this client may have that record (RFC 9111 §4, §4.1): followers asked in their own
/// words.
bool usable(Worker& worker, const Request& request, const FillAnswer& answer, bool leader) {
  const cache::Record& record = *answer.record;
  if (!selects(record, request)) return false;
  const bool ready = answer.kind == FillKind::Ready;
  const bool on_error = ready && answer.ready_by == ReadyBy::StaleOnError;
  // What was found is judged for everybody, now; what was fetched, for those who only follow.
  const bool found =
      answer.elsewhere || on_error || (ready && answer.ready_by == ReadyBy::OtherProxy);
  if (found && trust(worker) == invalidation::Trust::None) return false;
  if (leader && !found) return true;
  if (!leader && request.facts.authorization && !record.facts.authorized) return false;
  const auto verdict = worker.shared().purges.verdict(record);
  return verdict == Verdict::Valid || (verdict == Verdict::Stale && on_error);
}

/// A response that is never fresh answers only the request it was fetched for: others may not reuse
/// it without asking themselves (§4: only "if it is allowed to reuse that response").
bool shareable(Worker& worker, const cache::Record& record) {
  return !record.facts.no_cache &&
         policy::current_age(record.facts, worker.now()) < record.facts.lifetime;
}

/// What the origin's part of the exchange was like, for the one on whose behalf it was asked.
void log_origin(observe::AccessEntry& log, const cache::OriginTrace& origin) {
  log.upstream = origin.address;
  log.upstream_reused = origin.reused;
  log.connect = origin.connect;
  log.first_byte = origin.first_byte;
}

/// False: nothing was sent, a part of the record is lost.
net::Task<bool> answer_ready(Worker& worker, const Request& request, Client& client,
                             const FillAnswer& answer, StatusLine status) {
  status.parts.ttl = ttl_of(worker, *answer.record);
  switch (answer.ready_by) {
    case ReadyBy::OtherProxy:
      client.log.outcome = Outcome::Followed;
      status.parts.collapsed = true;
      break;
    case ReadyBy::Revalidation:
      client.log.outcome = Outcome::Revalidated;
      status.parts.fwd = ForwardReason::Stale;
      status.parts.fwd_status = answer.origin_status;
      status.parts.stored = true;
      break;
    case ReadyBy::StaleOnError:
      client.log.outcome = Outcome::HitStaleOnError;
      status.parts.hit = true;
      status.parts.detail = "stale-if-error";
      break;
  }
  const Millis age = policy::current_age(answer.record->facts, worker.now());
  const StoredAnswer stored{answer.record, status, age, answer.ready_by == ReadyBy::Revalidation};
  const auto sent = co_await respond_stored(worker, request, client, stored);
  if (!sent) client.log.set_error(sent.error());
  co_return !sent || *sent == Served::Yes;
}

net::Task<void> answer_failed(Client& client, const Error& error, StatusLine status) {
  client.log.set_error(error);
  static_cast<void>(co_await respond_error(client, own_answer_for(error), status));
}

/// What became of a body on its way. Before its first byte a failure can still be told.
net::Task<void> end_streaming(Client& client, Result<void> sent, StatusLine status) {
  if (sent) co_return;
  if (client.out.started()) {
    client.log.set_error(sent.error());
  } else {
    co_await answer_failed(client, sent.error(), status);
  }
}

net::Task<void> answer_shared(Worker& worker, const Request& request, Client& client,
                              const FillAnswer& answer, Joined& joined, StatusLine status) {
  client.log.outcome = joined.leader ? Outcome::Miss : Outcome::Followed;
  status.parts.stored = joined.leader;
  status.parts.collapsed = !joined.leader;
  status.parts.ttl = ttl_of(worker, *answer.record);
  // Who follows gets a stored response, which has aged since its head came (RFC 9111 §5.1).
  const policy::StoredFacts& facts = answer.record->facts;
  const Millis age = joined.leader ? facts.initial_age : policy::current_age(facts, worker.now());
  Result<void> sent;
  if (not_modified(request, *answer.record)) {
    sent = co_await respond_not_modified(client, answer.record, status, age);
  } else {
    set_extra(client.keys.extra, status, age);
    const bool own = joined.leader && !answer.private_head.empty();
    const std::string_view head =
        own ? std::string_view{answer.private_head} : answer.record->head();
    const FeedAnswer feed{std::string{head} + client.keys.extra, answer, *joined.reader};
    sent = co_await respond_from_feed(worker, request, client, feed);
  }
  co_await end_streaming(client, std::move(sent), status);
}

net::Task<void> answer_private(Worker& worker, const Request& request, Client& client,
                               const FillAnswer& answer, Joined& joined, StatusLine status) {
  client.log.outcome = Outcome::Miss;
  client.log.reason = answer.reason;
  status.parts.detail = answer.reason;
  set_extra(client.keys.extra, status, Millis{0});
  const FeedAnswer feed{answer.private_head + client.keys.extra, answer, *joined.reader};
  auto sent = co_await respond_from_feed(worker, request, client, feed);
  co_await end_streaming(client, std::move(sent), status);
}

/// Interim answers go to the one who began the fill, as they come (RFC 9110 §15.2).
net::Task<void> relay_interim(Client& client, cache::Fill& fill) {
  for (;;) {
    const std::vector<cache::InterimAnswer> news = co_await fill.take_interim();
    if (news.empty()) co_return;
    for (const cache::InterimAnswer& interim : news) {
      const std::vector<Field> fields = views(interim.fields);
      const auto sent = co_await client.out.interim(interim.status, fields);
      if (!sent) co_return;
    }
  }
}

}  // namespace

net::Task<bool> answer_from_fill(Worker& worker, const Request& request, Client& client,
                                 Joined& joined, FillContext context) {
  const SteadyTime asked = worker.clock().steady();
  if (joined.leader) co_await relay_interim(client, *joined.fill);
  const FillAnswer& answer = *co_await joined.fill->wait(net::Notifier::TimePoint::max());
  client.log.wait += worker.clock().steady() - asked;
  // What another proxy fetches is led by nobody here.
  joined.leader = joined.leader && !answer.elsewhere;
  if (joined.leader) log_origin(client.log, answer.origin);
  const StatusLine status = status_line(worker, client, context);
  const PassReason instead{Outcome::HitForMiss, status.parts.fwd, "not shared"};
  switch (answer.kind) {
    case FillKind::Abandoned:
      co_return false;
    case FillKind::Ready:
      if (!usable(worker, request, answer, joined.leader)) co_return false;
      co_return co_await answer_ready(worker, request, client, answer, status);
    case FillKind::Shared:
      if (!usable(worker, request, answer, joined.leader) || !joined.reader) {
        co_return false;
      }
      if (!joined.leader && !may_follow(worker, request.route, answer.record->as_of)) {
        co_return false;
      }
      if (!joined.leader && !shareable(worker, *answer.record)) {
        joined.reader.reset();
        co_await pass_through(worker, request, client, instead);
      } else {
        co_await answer_shared(worker, request, client, answer, joined, status);
      }
      co_return true;
    case FillKind::NotShared:
      if (joined.leader) {
        co_await answer_private(worker, request, client, answer, joined, status);
      } else {
        joined.reader.reset();
        co_await pass_through(worker, request, client, instead);
      }
      co_return true;
    case FillKind::Failed:
      // One more try elects a new leader among those who waited; then the failure is told. Not when
      // time was up: they have waited as long as anybody may (FM-20, FM-21).
      if (!joined.leader && context.round == 0 && answer.error.code != ErrorCode::Timeout) {
        co_return false;
      }
      co_await answer_failed(client, answer.error, status);
      co_return true;
  }
  co_return false;
}

}  // namespace wf::server
