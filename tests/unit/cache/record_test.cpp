#include "proxy/cache/record.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/cache/sample_records.hpp"

using namespace wf;
using namespace wf::cache;
using namespace wf::cache::testing;

TEST_CASE("the fields of a stored head are views into it") {
  Draft draft;
  draft.head = "HTTP/1.1 200 OK\r\nETag: \"a:b\"\r\nX-Empty:\r\nContent-Length: 3\r\n";
  const RecordPtr record = Record::make(draft);
  const auto fields = head_fields(*record);
  REQUIRE(fields.size() == 3);
  CHECK(fields[0].name == "ETag");
  CHECK(fields[0].value == "\"a:b\"");
  CHECK(fields[1].name == "X-Empty");
  CHECK(fields[1].value.empty());
  CHECK(fields[2].value == "3");
  CHECK(fields[2].value.data() > record->head().data());
  CHECK(fields[2].value.data() < record->head().data() + record->head().size());
}

TEST_CASE("a record without a head has no fields") {
  CHECK(head_fields(*Record::make(Draft{})).empty());
}

TEST_CASE("a slot text is the key and then the variant, and belongs to that record alone") {
  Draft draft = response_draft("3:key", 0);
  draft.variant = "4:gzip";
  const RecordPtr record = Record::make(draft);
  const std::string text = slot_text(record->key(), record->variant());
  CHECK(is_slot_text(text, *record));
  CHECK_FALSE(is_slot_text(record->key(), *record));
  CHECK_FALSE(is_slot_text(text + "x", *record));
  CHECK_FALSE(is_slot_text("3:kez4:gzip", *record));
}

TEST_CASE("a footprint counts everything that hangs on a record") {
  const auto base = response("key", 0);
  const std::size_t least = base->footprint();
  CHECK(least > sizeof(Record));

  const auto with_body = response("key", 10'000);
  CHECK(with_body->footprint() >= least + 10'000);
  const auto with_chunks = response("key", 100'000);
  CHECK(with_chunks->footprint() >= least + 100'000);

  Draft with_tags = response_draft("key", 0);
  with_tags.tags.assign(10, std::string(100, 't'));
  CHECK(Record::make(with_tags)->footprint() >= least + 10 * (100 + sizeof(std::string)));

  Draft with_key = response_draft(std::string(500, 'k'), 0);
  with_key.variant = std::string(300, 'v');
  CHECK(Record::make(with_key)->footprint() >= least + 800);
}

TEST_CASE("what memory has of a body is one piece, up to 1 MiB; more stays as it came") {
  struct Row {
    const char* what;
    std::size_t held;
    std::uint64_t size;
    std::size_t pieces;
  };
  const auto row =
      GENERATE(Row{"no body", 0, 0, 0}, Row{"small", 1000, 1000, 1}, Row{"64 KiB", 65536, 65536, 1},
               Row{"larger", 65537, 65537, 1}, Row{"its beginning", 65536, 100'000, 1},
               Row{"1 MiB", 1U << 20U, 1U << 20U, 1},
               Row{"more", (1U << 20U) + 1, (1U << 20U) + 1, 2}, Row{"not there yet", 0, 100, 0});
  INFO(row.what);
  Draft draft = response_draft("key", 0);
  if (row.held > 0) {
    draft.body = {Chunk::copy_of("a"), Chunk::copy_of(std::string(row.held - 1, 'b'))};
  }
  draft.body_size = row.size;
  const RecordPtr record = Record::make(draft);
  CHECK(record->body().pieces() == row.pieces);
  CHECK(record->body().size() == row.held);
  CHECK(is_whole(*record) == (row.held == row.size));
  CHECK(body_of(*record) == (row.held == 0 ? "" : "a" + std::string(row.held - 1, 'b')));
}

TEST_CASE("slices keep alive what they lie in") {
  const std::size_t size = GENERATE(std::size_t{1000}, std::size_t{100'000});
  std::vector<Chunk> slices;
  {
    Draft draft = response_draft("key", 0);
    draft.body = {Chunk::copy_of("0123"), Chunk::copy_of(std::string(size - 4, 'x'))};
    draft.body_size = size;
    slices = cache::slices(*Record::make(std::move(draft)), {2, 6});
  }
  std::string text;
  for (const Chunk& chunk : slices) text += chunk.view();
  CHECK(text == "23xx");
}

TEST_CASE("the rest of a body makes the record whole") {
  Draft draft = response_draft("key", 0);
  draft.tags = {"tag"};
  draft.body = {Chunk::copy_of(std::string(kInlineBody, 'a'))};
  draft.body_size = kInlineBody + 10;
  draft.body_id.fill(7);
  const RecordPtr begun = Record::make(draft);
  REQUIRE_FALSE(is_whole(*begun));
  const RecordPtr whole = with_rest(*begun, {Chunk::copy_of("0123456789")});
  CHECK(is_whole(*whole));
  CHECK(whole->slot() == begun->slot());
  CHECK(whole->head() == begun->head());
  CHECK(whole->tags() == begun->tags());
  CHECK(whole->body_id() == begun->body_id());
  CHECK(body_of(*whole).substr(kInlineBody) == "0123456789");
}
