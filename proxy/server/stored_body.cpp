#include "proxy/server/stored_body.hpp"

#include "proxy/observe/log.hpp"
#include "proxy/server/rest.hpp"

namespace wf::server {

StoredBody::StoredBody(Worker& worker, cache::RecordPtr record, cache::ByteSpan span,
                       RestOrder rest)
    : worker_(worker),
      record_(std::move(record)),
      span_(span),
      rest_(std::move(rest)),
      held_(cache::slices(*record_, span)),
      at_(span.begin) {
  std::uint64_t from = span.begin;
  for (const Chunk& chunk : held_) from += chunk.size();
  if (from >= span.end || worker.redis() == nullptr) return;
  const cache::BodyName body{cache::key_hash(record_->key()), record_->body_id()};
  chunks_.emplace(worker.redis()->store.chunks(), worker.tasks(), body, record_->body_size,
                  cache::ByteSpan{from, span.end});
}

net::Task<bool> StoredBody::prime() {
  auto piece = co_await read();
  if (!piece) {
    co_await forget();
    co_return false;
  }
  // What memory holds is promised only if what comes behind it is there as well.
  if (chunks_ && next_held_ == held_.size() && !held_.empty()) {
    const bool there = co_await chunks_->prime();
    if (!there) {
      co_await forget();
      co_return false;
    }
  }
  primed_ = std::move(*piece);
  co_return true;
}

net::Task<Result<Chunk>> StoredBody::next() {
  if (primed_) {
    Chunk piece = std::move(*primed_);
    primed_.reset();
    at_ += piece.size();
    co_return piece;
  }
  if (exchange_) {
    auto rest = co_await read_rest();
    co_return rest;
  }
  auto piece = co_await read();
  if (piece) {
    at_ += piece->size();
    co_return piece;
  }
  spdlog::debug("a stored body is asked of the origin from {} on: {}", at_,
                to_string(piece.error()));
  co_await forget();
  auto opened = co_await open_rest(rest_.pool, rest_.make_request(), record_,
                                   cache::ByteSpan{at_, span_.end});
  if (!opened) co_return opened.error();
  exchange_ = std::move(*opened);
  auto rest = co_await read_rest();
  co_return rest;
}

net::Task<Result<Chunk>> StoredBody::read() {
  if (next_held_ < held_.size()) co_return held_[next_held_++];
  if (!chunks_) co_return Chunk{};
  auto piece = co_await chunks_->next();
  co_return piece;
}

net::Task<Result<Chunk>> StoredBody::read_rest() {
  auto piece = co_await exchange_->read_body();
  if (piece) at_ += piece->size();
  if (piece && piece->empty() && at_ != span_.end) {
    co_return Error{ErrorCode::Malformed, Side::Upstream, Retry::No, "the rest of a body is short"};
  }
  co_return piece;
}

/// What is not whole any more is a miss for all who come.
net::Task<void> StoredBody::forget() {
  worker_.shared().memory.erase(cache::lookup_key(record_->slot()));
  co_await worker_.redis()->store.drop_entity(cache::slot_of(record_->key(), record_->variant()),
                                              record_->id);
}

}  // namespace wf::server
