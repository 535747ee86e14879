#include "proxy/server/respond_stored.hpp"

#include "proxy/server/lookup.hpp"
#include "proxy/server/origin_request.hpp"
#include "proxy/server/ranges.hpp"
#include "proxy/server/stored_body.hpp"

namespace wf::server {

namespace {

/// A head whose length is written anew: it is the last of a stored head's fields.
std::string without_length(std::string_view head) {
  return std::string{head.substr(0, head.rfind("Content-Length: "))};
}

/// The whole record, or what the request's ranges leave of it.
RangeAnswer make_answer(const Request& request, const cache::Record& record) {
  const policy::RangeDecision ranges = decide_ranges(request, record);
  if (ranges.outcome == policy::RangeOutcome::Ignore) {
    return {std::string{record.head()}, {RangePart{{}, {0, record.body_size}}}};
  }
  return make_range_answer(record, cache::head_fields(record), ranges);
}

std::uint64_t length_of(const RangeAnswer& answer) {
  std::uint64_t sum = 0;
  for (const RangePart& part : answer.body) sum += part.text.size() + part.span.size();
  return sum;
}

/// Relays all of a source to the client.
net::Task<Result<void>> relay(Client& client, BodySource& source) {
  for (;;) {
    const Result<Chunk> piece = co_await source.next();
    if (!piece) {
      client.out.cut();
      co_return piece.error();
    }
    if (piece->empty()) co_return Result<void>{};
    const auto written = co_await client.out.write(piece->view());
    if (!written) co_return written;
  }
}

/// Makes the sources of one answer.
struct Sources {
  Worker& worker;
  const Request& request;
  const Client& client;
  cache::RecordPtr record;

  [[nodiscard]] std::unique_ptr<StoredBody> open(cache::ByteSpan span) const {
    RestOrder rest{request.footing->pool(request.route), [this] {
                     return make_origin_request(worker.shared(), request, client.asker(),
                                                policy::Purpose::Fill, {});
                   }};
    return std::make_unique<StoredBody>(worker, record, span, std::move(rest));
  }
};

}  // namespace

net::Task<Result<Served>> respond_stored(Worker& worker, const Request& request, Client& client,
                                         StoredAnswer answer) {
  const cache::Record& record = *answer.record;
  RangeAnswer content;
  if (!cache::is_whole(record) && request.method() != policy::Method::Head &&
      !not_modified(request, record)) {
    content = make_answer(request, record);
  }
  if (content.body.empty()) {
    const auto sent =
        co_await respond_with_record(request, client, answer.record, answer.status, answer.age);
    if (!sent) co_return sent.error();
    co_return Served::Yes;
  }
  const Sources sources{worker, request, client, answer.record};
  // The first source is asked before anything is promised.
  std::unique_ptr<StoredBody> source;
  for (const RangePart& part : content.body) {
    if (source || part.span.empty()) continue;
    source = sources.open(part.span);
    const bool there = co_await source->prime();
    if (!there) co_return Served::Lost;
    // It was judged before Redis was waited for.
    const bool valid = trust(worker) != invalidation::Trust::None &&
                       worker.shared().purges.verdict(record) != invalidation::Verdict::Invalid;
    if (!answer.own && !valid) co_return Served::Lost;
  }
  set_extra(client.keys.extra, answer.status, answer.age);
  client.out.start(without_length(content.head) + client.keys.extra, length_of(content));
  for (const RangePart& part : content.body) {
    Result<void> sent = co_await client.out.write(part.text.view());
    if (sent && !part.span.empty()) {
      if (!source) source = sources.open(part.span);
      sent = co_await relay(client, *source);
      source.reset();
    }
    if (!sent) co_return sent.error();
  }
  const auto ended = co_await client.out.finish();
  if (!ended) co_return ended.error();
  co_return Served::Yes;
}

bool respond_at_once(const Request& request, Client& client, StoredAnswer& answer) {
  const cache::Record& record = *answer.record;
  if (request.facts.conditional || request.facts.range || !cache::is_whole(record)) return false;
  set_extra(client.keys.extra, answer.status, answer.age);
  const auto sent = client.out.send_now(record.head(), client.keys.extra, record.body(),
                                        std::move(answer.record));
  if (!sent) client.log.set_error(sent.error());
  return true;
}

net::Task<Result<void>> respond_from_feed(Worker& worker, const Request& request, Client& client,
                                          FeedAnswer feed) {
  const Sources sources{worker, request, client, feed.answer.record};
  client.out.start(std::move(feed.head), feed.answer.content_length);
  Result<void> sent;
  while (sent) {
    if (!feed.reader.ready()) sent = co_await client.out.flush();
    if (!sent) break;
    const Result<cache::BodyFeed::Next> next = co_await feed.reader.next();
    if (!next) {
      client.out.cut();
      co_return next.error();
    }
    if (next->at_end()) co_return co_await client.out.finish();
    if (next->stored.empty()) {
      sent = co_await client.out.write(next->chunk.view());
    } else {
      const auto source = sources.open(next->stored);
      sent = co_await relay(client, *source);
      if (sent) feed.reader.skip(next->stored.size());
    }
  }
  co_return sent;
}

}  // namespace wf::server
