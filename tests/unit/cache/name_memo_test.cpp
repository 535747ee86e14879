#include "proxy/cache/name_memo.hpp"

#include <catch2/catch.hpp>

#include "config/types.hpp"

using namespace wf;
using namespace wf::cache;

namespace {

RedisKeys keys_of(std::string prefix) { return RedisKeys::with_prefix(std::move(prefix)).value(); }

}  // namespace

TEST_CASE("a name is that of the record's slot, the first time and every other time") {
  const RedisKeys keys = keys_of("wf");
  NameMemo memo{keys};
  // Far more than it remembers, so that every place is taken by another one in between.
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 2000; ++i) {
      const std::string key = "key " + std::to_string(i);
      const std::string variant = i % 3 == 0 ? "gzip" : "";
      for (int again = 0; again < 2; ++again) {
        REQUIRE(memo.of(key, variant).view() == keys.record(slot_of(key, variant)));
      }
    }
  }
}

TEST_CASE("key and variant are told apart, and each other's place is nobody's name") {
  const RedisKeys keys = keys_of("wf");
  NameMemo memo{keys};
  CHECK(memo.of("a", "b").view() == keys.record(slot_of("a", "b")));
  CHECK(memo.of("b", "a").view() == keys.record(slot_of("b", "a")));
  CHECK(memo.of("ab", "").view() == keys.record(slot_of("ab", "")));
  CHECK(memo.of("", "").view() == keys.record(slot_of("", "")));
}

TEST_CASE("texts of any length have a name, and the longest prefix fits") {
  const RedisKeys keys = keys_of(std::string(24, 'p'));
  NameMemo memo{keys};
  const std::string longest(100'000, 'k');
  for (int again = 0; again < 2; ++again) {
    CHECK(memo.of(longest, "v").view() == keys.record(slot_of(longest, "v")));
    CHECK(memo.of("k", longest).view() == keys.record(slot_of("k", longest)));
  }
  CHECK_THROWS_AS(RecordName{std::string(200, 'n')}, std::length_error);
}
