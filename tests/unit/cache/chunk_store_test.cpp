// Large bodies in a real Redis: written while they arrive, read back, lost in part.
#include <catch2/catch.hpp>

#include "proxy/cache/arriving_body.hpp"
#include "proxy/cache/chunk_reader.hpp"
#include "proxy/cache/chunk_writer.hpp"
#include "tests/unit/cache/redis_stage.hpp"

namespace wf::cache::testing {
namespace {

using net::Task;

constexpr std::uint64_t kSize = kInlineBody + 5 * kChunkBytes + 1000;

std::string body_of_size(std::uint64_t size) {
  std::string body(size, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 + i / 251);
  return body;
}

BodyName body_name(std::uint8_t id) {
  BodyName name{kSlot.resource, {}};
  name.id.fill(id);
  return name;
}

std::string chunk_key(Stage& stage, std::uint8_t id, std::uint32_t index) {
  return stage.keys.chunk(kSlot.resource, body_name(id).id, index);
}

Task<bool> write(Stage& stage, std::uint8_t id, const std::string& body, Coding coding) {
  ChunkWriter writer{
      stage.store.chunks(), stage.loop.tasks(), {body_name(id), Millis{60'000}, coding}};
  for (std::size_t at = 0; at < body.size(); at += 10'007) {
    const bool going_on = co_await writer.take(Chunk::copy_of(body.substr(at, 10'007)));
    if (!going_on) co_return false;
  }
  CHECK(writer.size() == body.size());
  const bool whole = co_await writer.finish();
  if (whole && writer.large()) CHECK(writer.stored() == body.size());
  std::string first;
  for (const Chunk& chunk : writer.first()) first += chunk.view();
  CHECK(first == body.substr(0, kInlineBody));
  co_return whole;
}

/// Those bytes, then "." or "!" for how it ended.
Task<std::string> read(Stage& stage, std::uint8_t id, ByteSpan span) {
  ChunkReader reader{stage.store.chunks(), stage.loop.tasks(), body_name(id), kSize, span};
  std::string text;
  for (;;) {
    const auto piece = co_await reader.next();
    if (!piece) co_return text + '!';
    if (piece->empty()) co_return text + '.';
    text += piece->view();
  }
}

Task<void> written_and_read(Stage& stage) {
  const std::string body = body_of_size(kSize);
  for (const Coding coding : {Coding::Plain, Coding::Zstd}) {
    const auto id = static_cast<std::uint8_t>(coding);
    const bool whole = co_await write(stage, id, body, coding);
    REQUIRE(whole);
    for (std::uint32_t n = 0; n < chunk_count(kSize); ++n) {
      CHECK(stage.ms_to_live(chunk_key(stage, id, n)) > 0);
    }
    const std::string back = co_await read(stage, id, {0, kSize});
    CHECK((back == body + '.'));
  }
}

Task<void> a_small_body_has_no_chunks(Stage& stage) {
  const bool whole = co_await write(stage, 1, body_of_size(kInlineBody), Coding::Plain);
  CHECK(whole);
  CHECK(stage.ask({"DBSIZE"}).integer() == 0);
}

Task<void> a_range_reads_what_it_touches(Stage& stage) {
  const std::string body = body_of_size(kSize);
  const bool whole = co_await write(stage, 1, body, Coding::Plain);
  REQUIRE(whole);
  Chance chance{7};
  for (int i = 0; i < 50; ++i) {
    const std::uint64_t begin = below(chance, kSize - 1);
    const std::uint64_t end = begin + 1 + below(chance, kSize - 1 - begin);
    const std::uint64_t before = stage.store.chunks().counters().read;
    const std::string back = co_await read(stage, 1, {begin, end});
    CHECK((back == body.substr(begin, end - begin) + '.'));
    CHECK(stage.store.chunks().counters().read - before == chunk_of(end - 1) - chunk_of(begin) + 1);
  }
}

Task<void> a_lost_chunk_is_an_error(Stage& stage) {
  const std::string body = body_of_size(kSize);
  const bool whole = co_await write(stage, 1, body, Coding::Plain);
  REQUIRE(whole);
  const ByteSpan third = chunk_span(3, kSize);
  stage.ask({"DEL", chunk_key(stage, 1, 3)});
  std::string back = co_await read(stage, 1, {0, kSize});
  CHECK((back == body.substr(0, third.begin) + '!'));
  // Another's bytes under its name, and no bytes at all, are the same.
  const std::string other = chunk_key(stage, 1, 2);
  stage.ask({"COPY", other, chunk_key(stage, 1, 3)});
  back = co_await read(stage, 1, {third.begin, kSize});
  CHECK(back == "!");
  stage.ask({"DEL", chunk_key(stage, 1, 3)});
  stage.ask({"LPUSH", chunk_key(stage, 1, 3), "x"});
  back = co_await read(stage, 1, {third.begin, kSize});
  CHECK(back == "!");
  stage.ask({"DEL", chunk_key(stage, 1, 3)});
  stage.ask({"SETRANGE", chunk_key(stage, 1, 3), "100000000", "x"});
  back = co_await read(stage, 1, {third.begin, kSize});
  CHECK(back == "!");
}

Task<void> lives_are_prolonged_together(Stage& stage) {
  const bool whole = co_await write(stage, 1, body_of_size(kSize), Coding::Plain);
  REQUIRE(whole);
  const auto last = static_cast<std::uint32_t>(chunk_count(kSize) - 1);
  auto prolonged = co_await stage.store.chunks().prolong(body_name(1), last, Millis{600'000});
  REQUIRE(prolonged);
  CHECK(*prolonged == ChunkStore::Prolonged::All);
  for (std::uint32_t n = 1; n <= last; ++n)
    CHECK(stage.ms_to_live(chunk_key(stage, 1, n)) > 500'000);
  stage.ask({"DEL", chunk_key(stage, 1, last)});
  prolonged = co_await stage.store.chunks().prolong(body_name(1), last, Millis{600'000});
  REQUIRE(prolonged);
  CHECK(*prolonged == ChunkStore::Prolonged::Lost);
}

Task<void> storing_a_whole_record_makes_chunks(Stage& stage) {
  Draft draft = entity_draft("key", 5);
  const std::string body = body_of_size(kSize);
  draft.body = {Chunk::copy_of(body)};
  draft.body_size = kSize;
  const RecordPtr record = Record::make(std::move(draft));
  co_await fill(stage, kSlot, keep(record));
  const RecordPtr back = co_await found(stage, kSlot);
  REQUIRE(back);
  CHECK(back->body_size == kSize);
  CHECK(back->body_id() == record->id);
  CHECK(body_of(*back) == body.substr(0, kInlineBody));
  const std::string rest = co_await read(stage, 5, {kInlineBody, kSize});
  CHECK((rest == body.substr(kInlineBody) + '.'));
}

Task<void> what_arrives_is_announced(Stage& stage) {
  Draft draft = entity_draft("key", 6);
  draft.body.clear();
  draft.body_size = kSize;
  draft.body_id = draft.id;
  const RecordPtr begun = Record::make(std::move(draft));
  auto nothing = co_await stage.store.announce(kSlot, kMine, begun);
  CHECK(nothing.value() == LockState::Lost);
  const auto locked = co_await stage.store.acquire(kSlot, kMine, kNothing);
  REQUIRE(locked.value().state == AcquireReply::State::Acquired);
  const auto announced = co_await stage.store.announce(kSlot, kMine, begun);
  CHECK(announced.value() == LockState::Mine);
  const auto other = co_await stage.store.acquire(kSlot, token('b'), kNothing);
  CHECK(other.value().state == AcquireReply::State::Arriving);
  const auto arriving = co_await stage.store.find_arriving(kSlot, "key", "");
  REQUIRE(arriving.value());
  CHECK(arriving.value()->body_size == kSize);

  const std::string body = body_of_size(kSize);
  const bool whole = co_await write(stage, 6, body, Coding::Plain);
  CHECK(whole);
  ArrivingBody reader{stage.store, kSlot, *arriving};
  std::string back;
  for (;;) {
    const auto piece = co_await reader.next();
    REQUIRE(piece);
    if (piece->empty()) break;
    back += piece->view();
  }
  CHECK((back == body));

  // The lock ends, and with it what was announced: what is missing then does not come any more.
  stage.ask({"DEL", chunk_key(stage, 6, 2)});
  const auto released = co_await stage.store.release(kSlot, kMine);
  CHECK(released.value() == LockState::Mine);
  CHECK_FALSE(stage.exists(stage.keys.progress(kSlot)));
  ArrivingBody again{stage.store, kSlot, *arriving};
  for (int n = 0; n < 2; ++n) {
    const auto piece = co_await again.next();
    CHECK(piece.has_value());
  }
  const auto lost = co_await again.next();
  CHECK(lost.has_error());
}

}  // namespace

TEST_CASE("a large body is written while it arrives, and read back equal") {
  play(&written_and_read);
}
TEST_CASE("a small body has no chunks of its own") { play(&a_small_body_has_no_chunks); }
TEST_CASE("a span reads exactly the chunks that it touches") {
  play(&a_range_reads_what_it_touches);
}
TEST_CASE("a chunk that is lost, or another's, or no chunk, is never a part of the body") {
  play(&a_lost_chunk_is_an_error);
}
TEST_CASE("all chunks are prolonged, or one of them is known to be lost") {
  play(&lives_are_prolonged_together);
}
TEST_CASE("a whole record with a large body is stored in chunks") {
  play(&storing_a_whole_record_makes_chunks);
}
TEST_CASE("what is being fetched is announced, read, and forgotten with the lock") {
  play(&what_arrives_is_announced);
}

}  // namespace wf::cache::testing
