// The parts of a fill that read a large body from Redis, or look after it there.
#include "proxy/cache/arriving_body.hpp"
#include "proxy/observe/log.hpp"
#include "proxy/policy/freshness.hpp"
#include "proxy/policy/reuse.hpp"
#include "proxy/server/fill_run.hpp"
#include "proxy/server/rest.hpp"
#include "proxy/server/stored_body.hpp"

namespace wf::server {

namespace {

/// What another proxy fetches; if it dies, the rest from the origin.
class OthersBody final : public BodySource {
 public:
  OthersBody(Worker& worker, cache::RecordPtr record, RestOrder rest)
      : record_(std::move(record)),
        rest_(std::move(rest)),
        body_(worker.redis()->store, cache::slot_of(record_->key(), record_->variant()), record_) {}

  net::Task<Result<Chunk>> next() override {
    if (exchange_) co_return co_await exchange_->read_body();
    auto piece = co_await body_.next();
    if (piece) co_return piece;
    spdlog::debug("a followed body is asked of the origin from {} on: {}", body_.at(),
                  to_string(piece.error()));
    const cache::ByteSpan span{body_.at(), record_->body_size};
    auto opened = co_await open_rest(rest_.pool, rest_.make_request(), record_, span);
    if (!opened) co_return opened.error();
    exchange_ = std::move(*opened);
    co_return co_await exchange_->read_body();
  }
  /// All that came so far lies in Redis.
  [[nodiscard]] bool from_redis() const noexcept { return exchange_ == nullptr; }

 private:
  const cache::RecordPtr record_;
  const RestOrder rest_;
  cache::ArrivingBody body_;
  std::unique_ptr<upstream::Exchange> exchange_;
};

}  // namespace

net::Task<bool> FillRun::follow_other() {
  const auto found = co_await worker_.redis()->store.find_arriving(
      cache::slot_of(order_.key, order_.variant), order_.key, order_.variant);
  if (!found || !*found) co_return false;
  const cache::RecordPtr record = *found;
  const auto judged = policy::judge(record->facts, request_, worker_.now());
  const bool of_use = record->kind == cache::RecordKind::Response &&
                      judged.reuse == policy::Reuse::Fresh &&
                      record->body_size != cache::kUnknownSize && redis_trusted() &&
                      worker_.shared().purges.valid(*record);
  if (!of_use) co_return false;
  cache::FillAnswer answer;
  answer.kind = cache::FillKind::Shared;
  answer.record = record;
  answer.content_length = record->body_size;
  answer.elsewhere = true;
  publish(std::move(answer));
  co_await follow_body(record);
  co_return true;
}

net::Task<void> FillRun::follow_body(cache::RecordPtr record) {
  cache::BodyFeed& feed = fill_->feed();
  feed.keep_unstored();
  RestOrder rest{order_.footing->pool(order_.route), [this] { return order_.outgoing; }};
  OthersBody source{worker_, record, std::move(rest)};
  for (;;) {
    Result<Chunk> piece = co_await source.next();
    if (piece && piece->empty() && feed.size() == record->body_size) break;
    if (!piece || piece->empty()) {
      feed.fail(piece ? Error{ErrorCode::Malformed, Side::Upstream, Retry::No, "a short body"}
                      : piece.error());
      co_return;
    }
    if (!source.from_redis()) feed.stop_keeping();
    feed.push(std::move(*piece));
    if (source.from_redis()) feed.stored(feed.size());
    const bool room = co_await feed.wait_for_room();
    if (room && feed.has_readers()) continue;
    feed.fail({ErrorCode::Cancelled, Side::Client, Retry::No, "nobody reads any more"});
    co_return;
  }
  feed.finish();
}

net::Task<void> FillRun::ask_anew() {
  order_.stale.reset();
  const Result<Head> whole = co_await ask(order_.outgoing);
  if (!whole) {
    co_await failed(whole.error());
  } else {
    co_await settle(**whole);
  }
}

}  // namespace wf::server
