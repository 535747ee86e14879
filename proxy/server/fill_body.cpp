#include "proxy/server/fill_body.hpp"

#include "proxy/observe/log.hpp"

namespace wf::server {

FillBody::FillBody(Worker& worker, cache::Fill& fill, cache::FleetLock* lock, FillLimits limits)
    : worker_(worker), fill_(fill), lock_(lock), limits_(limits) {}

void FillBody::store_chunks(cache::ChunkOrder order, cache::RecordPtr begun) {
  writer_.emplace(worker_.redis()->store.chunks(), worker_.tasks(), order);
  const bool announced = begun && begun->body_size != cache::kUnknownSize;
  if (announced) begun_ = std::move(begun);
}

net::Task<FillBody::Kept> FillBody::pump(BodySource& source) {
  cache::BodyFeed& feed = fill_.feed();
  for (;;) {
    Result<Chunk> piece = co_await source.next();
    if (!piece) {
      spdlog::debug("fill cut: {}", to_string(piece.error()));
      // Who comes after the cut must find neither the lock nor what was announced.
      if (lock_ != nullptr) co_await lock_->release();
      feed.fail(piece.error());
      co_return Kept::No;
    }
    if (piece->empty()) break;
    // Too large after all: from here on it passes through to those who are reading already.
    if (keeping_ && feed.size() + piece->size() > limits_.object) co_await give_up();
    feed.push(*piece);
    if (keeping_) co_await keep(std::move(*piece));
    const bool room = co_await feed.wait_for_room();
    if (room) continue;
    feed.fail({ErrorCode::Cancelled, Side::Client, Retry::No, "nobody reads any more"});
    co_return Kept::No;
  }
  if (!keeping_) feed.finish();
  if (!keeping_) co_return Kept::No;
  co_return feed.size() > limits_.memory ? Kept::Chunks : Kept::Whole;
}

net::Task<void> FillBody::pass(BodySource& source) {
  keeping_ = false;
  fill_.feed().stop_keeping();
  static_cast<void>(co_await pump(source));
}

net::Task<void> FillBody::keep(Chunk piece) {
  cache::BodyFeed& feed = fill_.feed();
  if (writer_) {
    const bool stored = co_await writer_->take(std::move(piece));
    if (!stored) {
      co_await give_up();
      co_return;
    }
    feed.stored(writer_->stored());
    if (begun_ && writer_->large()) {
      co_await lock_->announce(std::exchange(begun_, nullptr));
    }
  }
  if (feed.size() <= limits_.memory) co_return;
  if (writer_) {
    feed.keep_unstored();
  } else {
    co_await give_up();
  }
}

net::Task<void> FillBody::give_up() {
  keeping_ = false;
  fill_.feed().stop_keeping();
  if (lock_ != nullptr) co_await lock_->release();
}

net::Task<bool> FillBody::finish_chunks() {
  const bool stored = co_await writer_->finish();
  co_return stored;
}

}  // namespace wf::server
