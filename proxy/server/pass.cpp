#include "proxy/server/pass.hpp"

#include <new>

#include "proxy/policy/storability.hpp"
#include "proxy/server/answer_fill.hpp"
#include "proxy/server/invalidate.hpp"
#include "proxy/server/keep.hpp"
#include "proxy/server/look_ahead.hpp"
#include "proxy/server/origin_request.hpp"
#include "proxy/server/respond.hpp"
#include "proxy/server/tags.hpp"
#include "proxy/server/tunnel.hpp"
#include "proxy/server/upload.hpp"
#include "proxy/upstream/exchange.hpp"

namespace wf::server {

namespace {

using message::ResponseHead;

StatusLine status_line(const Worker& worker, const PassReason& reason) {
  StatusLine status;
  status.parts.cache = worker.config().via;
  status.parts.fwd = reason.forward;
  status.parts.detail = reason.detail;
  status.detail = worker.config().cache_status;
  return status;
}

using HeadNow = std::optional<Result<const ResponseHead*>>;

bool is_final(const HeadNow& head) { return head && (!*head || !(**head)->interim()); }

/// The final head; interim ones go on to the client as they come (RFC 9110 §15.2). A 100 does not:
/// the client had ours. `first`: what has come already.
net::Task<HeadNow> read_final_head(upstream::Exchange& exchange, Client& client, HeadNow first) {
  for (HeadNow head = first;; head = co_await exchange.read_head()) {
    if (is_final(head)) co_return head;
    if (!head || (**head)->status == 100) continue;
    std::vector<Field> passing;
    policy::append_response_fields({}, (**head)->fields, passing);
    const auto sent = co_await client.out.interim((**head)->status, passing);
    if (!sent) co_return sent.error();
  }
}

/// The origin's side of it.
struct Relay {
  std::unique_ptr<upstream::Exchange>& exchange;  // null once a fill goes on with it
  LookAhead& ahead;
  const Upload& upload;
  Keeper& keeper;
  StatusLine status;
  std::optional<cache::EntityId> marked{};  // as in PassReason; then also:
  cache::Stamp as_of{};                     // before the origin was asked
  policy::ExchangeTimes times{};
};

/// Relays the body; one that broke off never comes to a clean end (R7).
net::Task<Result<void>> relay_body(Client& client, Relay& relay) {
  Result<void> sent;
  while (sent) {
    const Result<std::string_view> piece = relay.ahead.next();
    if (!piece) {
      client.out.cut();
      co_return piece.error();
    }
    const bool nothing = piece->empty();
    const bool ended = relay.ahead.complete();
    if (nothing && ended) break;
    relay.keeper.take(*piece);
    // What is kept is there before the client has the end.
    const bool last = ended && !relay.keeper.keeps();
    sent = nothing ? client.out.flush_now()
           : last  ? client.out.write_last_now(*piece)
                   : client.out.write_now(*piece);
    if (client.out.unsent()) sent = co_await client.out.send_rest();
    if (last) co_return sent;
    if (nothing && !relay.exchange->may_read()) co_await relay.exchange->edge();
  }
  if (!sent) co_return sent;
  if (relay.keeper.keeps()) co_await relay.keeper.finish();
  sent = client.out.finish_now();
  if (client.out.unsent()) sent = co_await client.out.send_rest();
  co_return sent;
}

/// Before the answer goes on. True: pending, since Redis does not answer.
net::Task<std::string_view> invalidate(Worker& worker, const Request& request,
                                       const ResponseHead& head, const Relay& relay) {
  if (!request.route.templates->response_members.empty()) {
    co_await relay.ahead.read(kLookInto);
  }
  const std::string body = relay.ahead.text();
  const WriteAnswer answer{head.status, head.fields, relay.upload.kept(), body};
  co_return co_await invalidate_after(worker, request, answer);
}

policy::ResponseForwarding forwarding_for(const Request& request, const Relay& relay) {
  policy::ResponseForwarding forwarding = forwarding_of(*request.route.route);
  // As a fill does, which is what this would have been.
  if (relay.marked) forwarding.set_cookie = request.route.route->cache->set_cookie;
  return forwarding;
}

void start_answer(Worker& worker, const Request& request, Client& client, const ResponseHead& head,
                  const Relay& relay, std::string_view note) {
  std::vector<Field> passing;
  policy::append_response_fields(forwarding_for(request, relay), head.fields, passing);
  std::string text =
      make_answer_head(head.status, passing, worker.config().via, worker.clock().wall());
  text += note;
  append_status_field(text, relay.status);
  client.out.start(std::move(text), body_length(head));
}

/// Whether an answer of which that was not expected may be stored after all. A Date, which a fill
/// adds where the origin sends none, makes no difference to that.
policy::NoStoreReason judge(const Request& request, const ResponseHead& head) {
  return policy::may_store(request.facts, policy::response_facts(head.status, head.fields),
                           *request.route.route->cache);
}

/// It may: a fill goes on.
net::Task<void> answer_by_fill(Worker& worker, const Request& request, Client& client,
                               const ResponseHead& head, Relay& relay) {
  relay.times.received = worker.now();
  Arrived arrived{std::move(relay.exchange), &head, relay.as_of, relay.times};
  Joined joined = become_fill(worker, request, client.asker(), *relay.marked, std::move(arrived));
  const Found found;
  const FillContext context{found, Collapse::Alone};
  const bool answered = co_await answer_from_fill(worker, request, client, joined, context);
  if (answered) co_return;
  const Error error{ErrorCode::Internal, Side::Self, Retry::No, "a fill without an answer"};
  client.log.set_error(error);
  static_cast<void>(co_await respond_error(client, own_answer_for(error), relay.status));
}

net::Task<Result<void>> relay_answer(Worker& worker, const Request& request, Client& client,
                                     Relay& relay) {
  if (!relay.exchange->may_read()) co_await relay.exchange->edge();
  HeadNow got = relay.exchange->head_now();
  if (!is_final(got)) got = co_await read_final_head(*relay.exchange, client, got);
  if (!*got) co_return got->error();
  const ResponseHead& head = ***got;
  if (head.status == 101) co_return co_await run_tunnel(worker, client, *relay.exchange, head);

  if (relay.marked) {
    const policy::NoStoreReason reason = judge(request, head);
    if (reason == policy::NoStoreReason::None) {
      co_await answer_by_fill(worker, request, client, head, relay);
      co_return Result<void>{};
    }
    relay.status.parts.detail = client.log.reason = policy::to_string(reason);
  }
  std::string_view note;
  if (policy::invalidates(request.method(), head.status)) {
    note = co_await invalidate(worker, request, head, relay);
  }
  relay.keeper.begin(head);
  start_answer(worker, request, client, head, relay, note);
  co_return co_await relay_body(client, relay);
}

void log_exchange(observe::AccessEntry& log, const upstream::Exchange& exchange) {
  const upstream::ExchangeFacts& facts = exchange.facts();
  log.upstream = facts.address;
  log.upstream_reused = facts.reused;
  log.connect = facts.connect;
  log.first_byte = facts.first_byte;
}

Error out_of_memory() { return {ErrorCode::Unavailable, Side::Self, Retry::No, "out of memory"}; }

/// The client is told, unless some of an answer has left: then its end tells.
net::Task<void> answer_failure(Client& client, const Error& error, StatusLine status) {
  const OwnAnswer answer = own_answer_for(error);
  client.log.set_error(error);
  client.log.outcome = answer.outcome;
  bool gone = error.side == Side::Client;
  if (client.out.started()) {
    client.out.close_after();
  } else {
    const auto sent = co_await respond_error(client, answer, status);
    gone = !sent;
  }
  if (gone) client.log.outcome = policy::Outcome::ClientGone;
}

}  // namespace

net::Task<void> pass_through(Worker& worker, const Request& request, Client& client,
                             PassReason reason) {
  const StatusLine status = status_line(worker, reason);
  client.log.outcome = reason.outcome;
  client.log.reason = reason.detail;
  Keeper keeper{worker, request, client, reason.stored == nullptr ? nullptr : *reason.stored};
  const auto purpose = reason.marked ? policy::Purpose::Fill : policy::Purpose::Pass;
  auto outgoing = make_origin_request(worker.shared(), request, client.asker(), purpose, {});
  if (request.facts.upgrade && !outgoing.upgrade) {
    worker.tally().refusal(static_cast<std::size_t>(message::Rule::F11));
  }
  auto exchange = std::make_unique<upstream::Exchange>(request.footing->pool(request.route),
                                                       std::move(outgoing));
  const bool keeps = !request.route.templates->request_members.empty();
  Upload upload{client.input, *exchange, keeps ? kLookInto : 0};
  LookAhead ahead{*exchange};
  Relay relay{exchange, ahead, upload, keeper, status, reason.marked};
  if (reason.marked) {
    relay.as_of = worker.shared().purges.position();
    relay.times.requested = worker.now();
  }
  net::Soon<Result<void>> starting = exchange->start();
  const bool waits = !std::holds_alternative<Result<void>>(starting);
  if (waits) starting = co_await net::later(std::move(starting));
  const auto& started = std::get<Result<void>>(starting);
  if (!started) co_return co_await answer_failure(client, started.error(), status);
  worker.tally().origin_requests.add();
  if (request.head.has_body()) {
    const std::vector<Field> none;
    if (request.head.expect_continue && !client.input.body_done()) {
      static_cast<void>(co_await client.out.interim(100, none));
    }
    upload.start(worker.tasks());
  }
  Result<void> relayed = out_of_memory();
  std::optional<Error> client_error;  // as it was before we have the upload end
  try {
    relayed = co_await relay_answer(worker, request, client, relay);
    client_error = upload.client_error();
  } catch (const std::bad_alloc&) {
    // The upload must end all the same, which takes none.
    client.out.cut();
    relayed = out_of_memory();
  }
  if (!exchange && relayed) co_return;  // a fill goes on with it
  if (!relayed || !client.input.body_done()) {
    // Failed, or answered before the request was whole: nothing more of it is wanted.
    if (relayed) client.out.close_after();
    if (exchange) exchange->abandon();
    upload.cancel();
  }
  while (upload.running()) co_await upload.finished();
  if (exchange) log_exchange(client.log, *exchange);
  if (relayed) co_return;
  // Named: g++ 12 destroys what is made within an awaited call twice.
  const Error error = client_error ? *client_error : relayed.error();
  co_await answer_failure(client, error, status);
}

}  // namespace wf::server
