#include "proxy/cache/record.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/cache/sample_records.hpp"

using namespace wf;
using namespace wf::cache;
using namespace wf::cache::testing;

TEST_CASE("the fields of a stored head are views into it") {
  Record record;
  record.head = "HTTP/1.1 200 OK\r\nETag: \"a:b\"\r\nX-Empty:\r\nContent-Length: 3\r\n";
  const auto fields = head_fields(record);
  REQUIRE(fields.size() == 3);
  CHECK(fields[0].name == "ETag");
  CHECK(fields[0].value == "\"a:b\"");
  CHECK(fields[1].name == "X-Empty");
  CHECK(fields[1].value.empty());
  CHECK(fields[2].value == "3");
  CHECK(fields[2].value.data() > record.head.data());
  CHECK(fields[2].value.data() < record.head.data() + record.head.size());
}

TEST_CASE("a record without a head has no fields") { CHECK(head_fields(Record{}).empty()); }

TEST_CASE("a slot text is the key and then the variant, and belongs to that record alone") {
  auto record = response("3:key", 0);
  record->variant = "4:gzip";
  const std::string text = slot_text(record->key, record->variant);
  CHECK(is_slot_text(text, *record));
  CHECK_FALSE(is_slot_text(record->key, *record));
  CHECK_FALSE(is_slot_text(text + "x", *record));
  CHECK_FALSE(is_slot_text("3:kez4:gzip", *record));
}

TEST_CASE("a footprint counts everything that hangs on a record") {
  const auto base = response("key", 0);
  const std::size_t least = footprint(*base);
  CHECK(least > sizeof(Record));

  const auto with_body = response("key", 10'000);
  CHECK(footprint(*with_body) >= least + 10'000);

  auto with_tags = response("key", 0);
  with_tags->tags.assign(10, std::string(100, 't'));
  CHECK(footprint(*with_tags) >= least + 10 * (100 + sizeof(std::string)));

  auto with_key = response(std::string(500, 'k'), 0);
  with_key->variant = std::string(300, 'v');
  CHECK(footprint(*with_key) >= least + 800);
}
