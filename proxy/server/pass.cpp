#include "proxy/server/pass.hpp"

#include <new>

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

/// The final head; interim ones go on to the client as they come (RFC 9110 §15.2). A 100 does not:
/// the client had ours.
net::Task<Result<const ResponseHead*>> read_final_head(upstream::Exchange& exchange,
                                                       Client& client) {
  for (;;) {
    const Result<const ResponseHead*> head = co_await exchange.read_head();
    if (!head || !(*head)->interim()) co_return head;
    if ((*head)->status == 100) continue;
    std::vector<Field> passing;
    policy::append_response_fields({}, (*head)->fields, passing);
    const auto sent = co_await client.out.interim((*head)->status, passing);
    if (!sent) co_return sent.error();
  }
}

/// The origin's side of it.
struct Relay {
  upstream::Exchange& exchange;
  LookAhead& ahead;
  const Upload& upload;
  Keeper& keeper;
  StatusLine status;
};

/// Relays the body; one that broke off never comes to a clean end (R7).
net::Task<Result<void>> relay_body(Client& client, Relay relay) {
  for (;;) {
    Result<Chunk> chunk = relay.ahead.at_hand();
    if (chunk && chunk->empty() && !relay.ahead.complete()) {
      const auto flushed = co_await client.out.flush();
      if (!flushed) co_return flushed;
      chunk = co_await relay.exchange.read_body();
    }
    if (!chunk) {
      client.out.cut();
      co_return chunk.error();
    }
    if (chunk->empty()) break;
    relay.keeper.take(*chunk);
    const auto written = co_await client.out.write(chunk->view());
    if (!written) co_return written;
  }
  co_await relay.keeper.finish();
  co_return co_await client.out.finish();
}

/// Before the answer goes on. True: pending, since Redis does not answer.
net::Task<std::string_view> invalidate(Worker& worker, const Request& request,
                                       const ResponseHead& head, const Relay& relay) {
  if (!policy::invalidates(request.method(), head.status)) co_return std::string_view{};
  if (!request.route.templates->response_members.empty()) {
    co_await relay.ahead.read(kLookInto);
  }
  const std::string body = relay.ahead.text();
  const WriteAnswer answer{head.status, head.fields, relay.upload.kept(), body};
  co_return co_await invalidate_after(worker, request, answer);
}

net::Task<Result<void>> relay_answer(Worker& worker, const Request& request, Client& client,
                                     Relay relay) {
  const Result<const ResponseHead*> got = co_await read_final_head(relay.exchange, client);
  if (!got) co_return got.error();
  const ResponseHead& head = **got;
  if (head.status == 101) co_return co_await run_tunnel(worker, client, relay.exchange, head);

  const std::string_view note = co_await invalidate(worker, request, head, relay);
  relay.keeper.begin(head);
  std::vector<Field> passing;
  policy::append_response_fields(forwarding_of(*request.route.route), head.fields, passing);
  std::string text =
      make_answer_head(head.status, passing, worker.config().via, worker.clock().wall());
  text += note;
  append_status_field(text, relay.status);
  client.out.start(std::move(text), body_length(head));
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

net::Task<void> answer_failure(Client& client, const Error& error, StatusLine status) {
  const OwnAnswer answer = own_answer_for(error);
  client.log.outcome = answer.outcome;
  const auto sent = co_await respond_error(client, answer, status);
  if (!sent) client.log.outcome = policy::Outcome::ClientGone;
}

}  // namespace

net::Task<void> pass_through(Worker& worker, const Request& request, Client& client,
                             PassReason reason) {
  const StatusLine status = status_line(worker, reason);
  client.log.outcome = reason.outcome;
  client.log.reason = reason.detail;
  Keeper keeper{worker, request, client, reason.stored == nullptr ? nullptr : *reason.stored};
  const OwnedFields no_conditions;
  auto outgoing = make_origin_request(worker.shared(), request, client.asker(),
                                      policy::Purpose::Pass, no_conditions);
  if (request.facts.upgrade && !outgoing.upgrade) {
    worker.tally().refusal(static_cast<std::size_t>(message::Rule::F11));
  }
  auto opened = co_await upstream::open(request.footing->pool(request.route), std::move(outgoing));
  if (!opened) {
    client.log.set_error(opened.error());
    co_return co_await answer_failure(client, opened.error(), status);
  }
  upstream::Exchange& exchange = **opened;
  worker.tally().origin_requests.add();
  const bool keeps = !request.route.templates->request_members.empty();
  Upload upload{client.input, exchange, keeps ? kLookInto : 0};
  LookAhead ahead{exchange};
  if (request.head.has_body()) {
    const std::vector<Field> none;
    if (request.head.expect_continue && !client.input.body_done()) {
      static_cast<void>(co_await client.out.interim(100, none));
    }
    upload.start(worker.tasks());
  }
  const Relay relay{exchange, ahead, upload, keeper, status};
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
  if (!relayed || !client.input.body_done()) {
    // Failed, or answered before the request was whole: nothing more of it is wanted.
    if (relayed) client.out.close_after();
    exchange.abandon();
    upload.cancel();
  }
  while (upload.running()) co_await upload.finished();
  log_exchange(client.log, exchange);
  if (relayed) co_return;
  const Error error = client_error ? *client_error : relayed.error();
  client.log.set_error(error);
  if (!client.out.started()) {
    co_await answer_failure(client, error, status);
    co_return;
  }
  client.out.close_after();
  const bool gone = error.side == Side::Client;
  client.log.outcome = gone ? policy::Outcome::ClientGone : own_answer_for(error).outcome;
}

}  // namespace wf::server
