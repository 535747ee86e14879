#include "proxy/server/fill_run.hpp"

#include "proxy/observe/log.hpp"
#include "proxy/policy/forward.hpp"
#include "proxy/policy/reuse.hpp"
#include "proxy/policy/tags.hpp"
#include "proxy/policy/validation.hpp"
#include "proxy/server/fill_record.hpp"
#include "proxy/server/keep.hpp"
#include "proxy/server/origin_request.hpp"
#include "proxy/server/parts.hpp"

namespace wf::server {

namespace {

using cache::FillAnswer;
using cache::FillKind;
using cache::FleetLock;
using policy::NoStoreReason;

/// How long requests for a key are not collapsed after its answer could not be shared.
constexpr Millis kUncacheableFor{10'000};
/// After an error of the origin, for which that may be over in a moment.
constexpr Millis kUncacheableErrorFor{1'000};
/// So many failures within that time are enough for the whole fleet: the first, and one more try.
constexpr unsigned kEnoughFailures = 2;
/// Another proxy's record may be gone, or invalid, before we read it; then we compete again.
constexpr int kLockAttempts = 3;

/// Whether the reason lies in the resource, not in this one request or this one failure.
bool worth_remembering(NoStoreReason reason) {
  return reason != NoStoreReason::RequestNoStore && reason != NoStoreReason::Authorization &&
         reason != NoStoreReason::Method && reason != NoStoreReason::Truncated;
}

}  // namespace

/// What the origin sends, or the whole that it completes.
class FillRun::OriginBody final : public BodySource {
 public:
  explicit OriginBody(FillRun& run) : run_(run) {}
  net::Task<Result<Chunk>> next() override { return run_.next_chunk(); }

 private:
  FillRun& run_;
};

FillRun::FillRun(Worker& worker, FillOrder order, std::shared_ptr<cache::Fill> fill)
    : worker_(worker),
      order_(std::move(order)),
      request_fields_(order_.request_fields),
      request_views_(views(request_fields_)),
      request_(policy::request_facts(order_.outgoing.method, request_views_, false)),
      fill_(std::move(fill)) {
  if (order_.part) completion_.emplace(order_.part);
}

net::Task<void> FillRun::run() {
  worker_.tally().fills.add();
  if (stored_meanwhile()) co_return;
  if (redis_trusted() && co_await another_was_first()) co_return;
  if (order_.after) {
    const auto patience = net::after(worker_.config().store.lock_wait);
    co_await std::exchange(order_.after, nullptr)->wait_ended(patience);
  }
  fill_->mark_asked();
  const Result<Head> head = co_await ask_origin();
  if (!head) {
    co_await failed(head.error());
  } else {
    co_await settle(**head);
  }
  if (lock_) co_await lock_->release();
}

// The lock is asked for late: if anybody has stored something since the slot was looked at, the
// script says so, and what we have is kept in memory alone.
net::Task<void> FillRun::go_on(Arrived arrived) {
  worker_.tally().fills.add();
  fill_->mark_asked();
  exchange_ = std::move(arrived.exchange);
  times_ = arrived.times;
  if (redis_trusted()) co_await take_lock(net::milliseconds{0}, FleetLock::Follow::No);
  co_await settle(*arrived.head);
  if (lock_) co_await lock_->release();
}

net::Task<FleetLock::Got> FillRun::take_lock(net::milliseconds wait, FleetLock::Follow follow) {
  const std::function<bool(const cache::Stamp&)> useful = [this](const cache::Stamp& as_of) {
    return worker_.shared().purges.valid(as_of, {order_.key});
  };
  lock_.emplace(FleetLock::Environment{worker_.redis()->store, worker_.shared().wakes,
                                       worker_.tasks(), worker_.config().store.lock_lease, wait,
                                       order_.alone ? 0 : kEnoughFailures},
                cache::slot_of(order_.key, order_.variant), fill_->as_of());
  co_return co_await lock_->take(order_.seen, useful, follow);
}

net::Task<bool> FillRun::another_was_first() {
  const config::Store& settings = worker_.config().store;
  const auto wait = order_.alone ? net::milliseconds{0} : settings.lock_wait;
  auto follow = order_.alone ? FleetLock::Follow::No : FleetLock::Follow::Yes;
  for (int attempt = 0; attempt < kLockAttempts; ++attempt) {
    const FleetLock::Got got = co_await take_lock(wait, follow);
    if (got == FleetLock::Got::Arriving) {
      if (co_await follow_other()) co_return true;
      // It is over, or of no use to us: what we want now is a whole record.
      follow = FleetLock::Follow::No;
      continue;
    }
    if (got == FleetLock::Got::Failed) {
      if (!serve_stale(0)) publish_failure(lock_->failure());
      co_return true;
    }
    if (got != FleetLock::Got::Record) co_return false;
    if (co_await publish_from_redis()) co_return true;
  }
  co_return false;
}

void FillRun::publish(FillAnswer answer) {
  if (exchange_) {
    const upstream::ExchangeFacts& facts = exchange_->facts();
    answer.origin = {facts.address, facts.reused, facts.connect, facts.first_byte};
  }
  fill_->answer(std::move(answer));
}

net::Task<bool> FillRun::publish_from_redis() {
  const auto found = co_await worker_.redis()->store.find(order_.key, order_.variant);
  if (!found || !*found) co_return false;
  order_.seen = (*found)->id;
  if (!redis_trusted() || !worker_.shared().purges.valid(**found)) co_return false;
  const cache::RecordPtr record = co_await load_for_memory(worker_, cache(), *found);
  if (!record || !redis_trusted() || !worker_.shared().purges.valid(*record)) co_return false;
  remember(worker_, cache(), record);
  co_return publish_stored(record);
}

/// Without a lease nothing in Redis is believed, and nothing is waited for or stored there.
bool FillRun::redis_trusted() const {
  return worker_.redis() != nullptr && trust(worker_) == invalidation::Trust::Exact;
}

bool FillRun::stored_meanwhile() {
  if (order_.alone || trust(worker_) == invalidation::Trust::None) return false;
  Shared& shared = worker_.shared();
  const cache::RecordPtr record =
      shared.memory.find(cache::lookup_key(fill_->key()), worker_.now());
  if (!record || record->id == order_.seen || !shared.purges.valid(*record)) return false;
  return publish_stored(record);
}

bool FillRun::publish_stored(const cache::RecordPtr& record) {
  if (is_part(*record)) return false;
  FillAnswer answer;
  const auto judged = policy::judge(record->facts, request_, worker_.now());
  if (record->kind != cache::RecordKind::Response) {
    // An index of variants, or the news that nothing can be shared: look again, and see it.
    answer.kind = FillKind::Abandoned;
  } else if (judged.reuse == policy::Reuse::Fresh) {
    answer.kind = FillKind::Ready;
    answer.record = record;
  } else {
    return false;
  }
  publish(std::move(answer));
  return true;
}

net::Task<Result<FillRun::Head>> FillRun::ask_origin() {
  const bool conditional = !order_.conditional.head.empty();
  Result<Head> head = co_await ask(conditional ? order_.conditional : order_.outgoing);
  if (!head || !conditional || is_of_use(**head)) co_return head;
  order_.stale.reset();
  co_return co_await ask(order_.outgoing);
}

/// Not a 304 about something else than what we have (RFC 9111 §4.3.4), nor a part that does not
/// complete ours (§3.4).
bool FillRun::is_of_use(const message::ResponseHead& head) {
  if (completion_) {
    const policy::RestAnswer judged = completion_->judge(head);
    if (judged != policy::RestAnswer::Completes) completion_.reset();
    return judged != policy::RestAnswer::Useless;
  }
  return head.status != 304 ||
         policy::not_modified_selects(cache::head_fields(*order_.stale), head.fields);
}

net::Task<Result<FillRun::Head>> FillRun::ask(upstream::OutgoingRequest outgoing) {
  times_.requested = worker_.now();
  worker_.tally().origin_requests.add();
  auto opened = co_await upstream::open(order_.footing->pool(order_.route), std::move(outgoing));
  if (!opened) co_return opened.error();
  exchange_ = std::move(*opened);
  co_await send_content();
  for (;;) {
    const auto head = co_await exchange_->read_head();
    if (head && (*head)->interim()) {
      pass_interim(**head);
      continue;
    }
    times_.received = worker_.now();
    co_return head;
  }
}

net::Task<void> FillRun::send_content() {
  if (order_.outgoing.body.framing == message::Framing::None) co_return;
  if (!order_.content.empty()) {
    // If this fails the origin's answer, or the lack of one, tells.
    const auto written = co_await exchange_->write_body(order_.content);
    if (!written) co_return;
  }
  static_cast<void>(co_await exchange_->finish_body());
}

void FillRun::pass_interim(const message::ResponseHead& head) {
  std::vector<Field> passing;
  policy::append_response_fields({}, head.fields, passing);
  if (head.status > 101) fill_->interim({head.status, owned(passing)});
}

net::Task<void> FillRun::settle(const message::ResponseHead& head) {
  if (head.status == 304 && order_.stale) {
    co_await revalidated(head);
    co_return;
  }
  if (policy::is_origin_error(head.status) && serve_stale(head.status)) co_return;
  std::string date;
  const std::vector<Field> fields = with_date(head.fields, times_.received, date);
  const OwnedFields merged = completion_ ? completion_->fields(fields) : OwnedFields{};
  const std::vector<Field> whole = views(merged);
  Arrival arrival{policy::response_facts(head.status, fields), body_length(head), head.framing,
                  head.status};
  if (completion_) {
    arrival.response = policy::response_facts(200, whole);
    arrival.length = completion_->length();
  }
  const NoStoreReason reason = may_store(arrival);
  if (reason == NoStoreReason::None) {
    co_await share(arrival);
  } else {
    co_await hand_over(arrival, reason);
  }
}

NoStoreReason FillRun::may_store(const Arrival& arrival) const {
  const NoStoreReason reason = policy::may_store(request_, arrival.response, cache());
  if (reason != NoStoreReason::None) return reason;
  if (leads_back(order_.key, cache().query, arrival.response)) return NoStoreReason::SelfRedirect;
  // A body that ends with the connection cannot be told from one that broke off (R8).
  if (arrival.framing == message::Framing::UntilClose) return NoStoreReason::CloseDelimited;
  const auto tags = tags_of_head(order_.tags, request_views_, arrival.response.fields).texts;
  if (!policy::within_bounds(tags)) return NoStoreReason::Tags;
  const auto length = arrival.length;
  return length && *length > max_object() ? NoStoreReason::TooLarge : NoStoreReason::None;
}

std::uint64_t FillRun::max_object() const { return largest_stored(worker_.shared(), order_.route); }

net::Task<void> FillRun::revalidated(const message::ResponseHead& head) {
  // Without a Date of its own the 304 would inherit the stored one, and its age (RFC 9110 §6.6.1).
  std::string date;
  const std::vector<Field> fields = with_date(head.fields, times_.received, date);
  cache::Draft draft = freshen_record(worker_, order_, fields, times_);
  draft.as_of = fill_->as_of();
  const cache::EntityId revives = order_.stale->id;
  if (!co_await prolong_body(worker_, draft)) {
    co_await ask_anew();
    co_return;
  }
  const bool findable = policy::within_bounds(draft.tags);
  cache::RecordPtr record = cache::Record::make(std::move(draft));
  FillAnswer answer;
  answer.kind = FillKind::Ready;
  answer.ready_by = cache::ReadyBy::Revalidation;
  answer.record = record;
  answer.origin_status = 304;
  if (findable) remember(worker_, cache(), record);
  publish(std::move(answer));
  if (findable) co_await store(std::move(record), revives);
}

net::Task<void> FillRun::share(const Arrival& arrival) {
  const policy::ResponseFacts& response = arrival.response;
  cache::Draft begun = begin_record(worker_, order_, response, times_);
  begun.as_of = fill_->as_of();
  if (completion_) add_tags(order_.part->tags(), begun.tags);
  begun.body_size = arrival.length.value_or(cache::kUnknownSize);
  const auto body = begin_body(begun);
  FillAnswer answer;
  answer.kind = FillKind::Shared;
  answer.record = cache::Record::make(begun);
  answer.content_length = arrival.length;
  answer.origin_status = arrival.origin_status;
  answer.private_head = make_leaders_head(worker_, order_, response, times_);
  // Those who want another variant need not wait for the end of this one to know that they do.
  if (!begun.vary.empty()) remember(worker_, cache(), make_vary_index(*answer.record));
  publish(std::move(answer));
  OriginBody source{*this};
  const FillBody::Kept kept = co_await body->pump(source);
  if (kept == FillBody::Kept::No) {
    if (!exchange_->complete()) exchange_->abandon();
    co_return;
  }
  co_await keep_record(std::move(begun), *body, kept);
}

net::Task<Result<Chunk>> FillRun::next_chunk() {
  if (completion_) co_return co_await completion_->next(*exchange_);
  co_return co_await exchange_->read_body();
}

net::Task<void> FillRun::hand_over(const Arrival& arrival, NoStoreReason reason) {
  const policy::ResponseFacts& response = arrival.response;
  std::vector<Field> passing;
  policy::ResponseForwarding forwarding = forwarding_of(*order_.route.route);
  if (cache().set_cookie == config::SetCookieRule::Strip) {
    forwarding.set_cookie = config::SetCookieRule::Strip;
  }
  policy::append_response_fields(forwarding, response.fields, passing);
  co_await remember_uncacheable(policy::is_origin_error(response.status) ? NoStoreReason::Status
                                                                         : reason);

  FillAnswer answer;
  answer.kind = FillKind::NotShared;
  answer.private_head =
      make_answer_head(response.status, passing, worker_.config().via, times_.received);
  answer.content_length = arrival.length;
  answer.origin_status = arrival.origin_status;
  answer.reason = policy::to_string(reason);
  publish(std::move(answer));
  if (lock_) co_await lock_->release();
  FillBody body{worker_, *fill_, nullptr, {}};
  OriginBody source{*this};
  co_await body.pass(source);
  if (!exchange_->complete()) exchange_->abandon();
}

net::Task<void> FillRun::remember_uncacheable(NoStoreReason reason) {
  if (order_.alone || !worth_remembering(reason)) co_return;
  const Millis lifetime = reason == NoStoreReason::Status ? kUncacheableErrorFor : kUncacheableFor;
  const auto mark = make_uncacheable(order_, fill_->as_of(), worker_.now(), lifetime);
  remember(worker_, cache(), mark);
  if (!lock_) co_return;
  // Named: g++ 12 destroys a braced argument of an awaited call twice.
  cache::StoreRequest request;
  request.record = mark;
  request.max_variants = cache().max_variants;
  request.keep_for = lifetime;
  static_cast<void>(co_await lock_->store(std::move(request)));
}

net::Task<void> FillRun::store(cache::RecordPtr record, cache::EntityId revives) {
  if (!lock_ || !lock_->held()) co_return;
  cache::StoreRequest request;
  request.keep_for = keep_time(worker_, record->facts);
  if (request.keep_for <= Millis{0}) co_return;
  if (!record->vary().empty()) request.vary_index = make_vary_index(*record);
  request.record = std::move(record);
  request.revives = revives;
  request.max_variants = cache().max_variants;
  request.coding = coding_for(cache(), request.record->head());
  const auto stored = co_await lock_->store(std::move(request));
  if (!stored) spdlog::debug("not stored in Redis: {}", to_string(stored.error()));
}

}  // namespace wf::server
