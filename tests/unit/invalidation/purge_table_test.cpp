// The validity of records, sentence by sentence (design §7).
#include <catch2/catch.hpp>

#include "proxy/invalidation/purge_table.hpp"
#include "tests/unit/invalidation/keys.hpp"

using namespace wf;
using namespace wf::invalidation;
using namespace wf::invalidation::testing;

namespace {

constexpr Birth kBirth{5};
const std::string kA = key_of("/a");
const std::vector<Selector> kPurgeA{uri("/a")};
const std::vector<Selector> kPurgeB{uri("/b")};

Sequence at(std::uint64_t ms, std::uint64_t n = 0) { return {ms, n}; }
Stamp as_of(std::uint64_t ms, std::uint64_t n = 0) { return {kBirth, at(ms, n)}; }

struct Table : PurgeTable {
  explicit Table(Millis window = Millis{1'000'000}, std::size_t most = kMaxEntries)
      : PurgeTable(window, most) {
    reload(as_of(100), fresh_index());
  }
};

}  // namespace

TEST_CASE("a record is valid iff no matching purge is newer than it") {
  Table table;
  table.apply(as_of(200), kPurgeA);
  struct Row {
    Stamp stamp;
    std::string key;
    bool valid;
  };
  const std::vector<Row> rows{
      {as_of(150), kA, false},
      {as_of(199, 9), kA, false},
      {as_of(200), kA, true},
      {as_of(200, 1), kA, true},
      {as_of(150), key_of("/b"), true},
      {as_of(1), key_of("/b"), true},
      {{Birth{6}, at(300)}, key_of("/b"), false},
      {{Birth{}, at(300)}, kA, false},
      {as_of(150), key_of("/a", "x"), true},
  };
  for (const Row& row : rows) {
    INFO(row.stamp.sequence.ms << "-" << row.stamp.sequence.n);
    CHECK(table.valid(row.stamp, {row.key}) == row.valid);
  }
}

TEST_CASE("a verdict is remembered until the next purge, and a bad one never") {
  Table table;
  const auto record = record_of("/a", as_of(150));
  CHECK(table.valid(*record));
  CHECK(record->checked == table.version());
  table.apply(as_of(200), kPurgeB);
  CHECK(record->checked != table.version());
  CHECK(table.valid(*record));
  table.apply(as_of(210), kPurgeA);
  CHECK_FALSE(table.valid(*record));
  CHECK_FALSE(table.valid(*record));
  CHECK(record->checked != table.version());
}

TEST_CASE("the position follows the log and never goes back within a birth") {
  Table table;
  CHECK(table.position() == as_of(100));
  table.apply(as_of(200), kPurgeA);
  table.apply(as_of(150), kPurgeB);
  CHECK(table.position() == as_of(200));
  const auto moved = table.moved().epoch();
  table.apply_early(as_of(300), kPurgeA);
  CHECK(table.position() == as_of(200));
  CHECK(table.moved().epoch() == moved);
  CHECK_FALSE(table.valid(as_of(299), {kA}));
  CHECK(table.valid(as_of(300), {kA}));
}

TEST_CASE("a pending purge matches everything until it is settled, whatever the log says") {
  Table table;
  table.apply_pending(kPurgeA);
  CHECK_FALSE(table.valid(as_of(900), {kA}));
  // Another proxy's purge of the same thing may be older than our write.
  table.apply(as_of(300), kPurgeA);
  CHECK_FALSE(table.valid(as_of(900), {kA}));
  table.settle(as_of(400), kPurgeA);
  CHECK_FALSE(table.valid(as_of(399), {kA}));
  CHECK(table.valid(as_of(400), {kA}));
}

TEST_CASE("a new birth makes everything older invalid but keeps what is pending") {
  Table table;
  table.apply(as_of(200), kPurgeB);
  table.apply_pending(kPurgeA);
  table.reload({Birth{9}, at(50)}, table.fresh_index());
  CHECK(table.position() == Stamp{Birth{9}, at(50)});
  CHECK_FALSE(table.valid(as_of(500), {key_of("/c")}));
  CHECK(table.valid({Birth{9}, at(50)}, {key_of("/b")}));
  CHECK_FALSE(table.valid({Birth{9}, at(500)}, {kA}));
  table.settle({Birth{9}, at(60)}, kPurgeA);
  CHECK_FALSE(table.valid({Birth{9}, at(59)}, {kA}));
  CHECK(table.valid({Birth{9}, at(60)}, {kA}));
}

TEST_CASE("a reload under the same birth replaces what was known") {
  Table table;
  table.apply(as_of(200), kPurgeB);
  PurgeIndex index = table.fresh_index();
  index.record(at(600), kPurgeA.front());
  table.reload(as_of(650), std::move(index));
  CHECK(table.position() == as_of(650));
  CHECK_FALSE(table.valid(as_of(599), {kA}));
  CHECK(table.valid(as_of(600), {kA}));
  CHECK(table.valid(as_of(150), {key_of("/b")}));
}

TEST_CASE("an entry of another birth is not applied") {
  Table table;
  table.apply({Birth{9}, at(900)}, kPurgeA);
  CHECK(table.position() == as_of(100));
  CHECK(table.valid(as_of(100), {kA}));
}

TEST_CASE("an early purge of a birth that is not loaded yet matches all that there is") {
  Table table;
  table.apply_early({Birth{9}, at(50)}, kPurgeA);
  CHECK_FALSE(table.valid(as_of(900), {kA}));
  CHECK(table.valid(as_of(900), {key_of("/b")}));
  table.reload({Birth{9}, at(50)}, table.fresh_index());
  CHECK(table.valid({Birth{9}, at(50)}, {kA}));
}

TEST_CASE("a softly purged record is stale, and never remembered as valid") {
  Table table;
  const auto record = record_of("/a", as_of(150));
  table.apply(as_of(200), std::vector<Selector>{"~" + kPurgeA.front()});
  CHECK(table.verdict(*record) == Verdict::Stale);
  CHECK(record->checked != table.version());
  CHECK_FALSE(table.valid(*record));
  table.apply(as_of(210), kPurgeA);
  CHECK(table.verdict(*record) == Verdict::Invalid);
  CHECK(table.verdict(as_of(200), {kA}) == Verdict::Invalid);
  CHECK(table.verdict(as_of(210), {kA}) == Verdict::Valid);
}

TEST_CASE("what is withdrawn is not pending any more") {
  Table table;
  table.apply_pending(kPurgeA);
  table.apply(as_of(200), kPurgeB);
  table.apply_pending(kPurgeB);
  table.withdraw_pending(kPurgeA);
  table.withdraw_pending(kPurgeB);
  CHECK(table.valid(as_of(150), {kA}));
  CHECK_FALSE(table.valid(as_of(150), {key_of("/b")}));
  CHECK(table.size() == 1);
}

TEST_CASE("without Redis the sequence is counted here") {
  PurgeTable table{Millis{1000}};
  const Stamp before = table.position();
  CHECK(table.valid(before, {kA}));
  const Sequence first = table.apply_local(kPurgeA, UnixTime{Millis{5000}});
  CHECK(first == Sequence{5000, 0});
  // Never back, whatever the clock does.
  CHECK(table.apply_local(kPurgeA, UnixTime{Millis{4000}}) == Sequence{5000, 1});
  CHECK_FALSE(table.valid(before, {kA}));
  CHECK(table.valid(table.position(), {kA}));
}

TEST_CASE("purges older than the window are forgotten, those renewed since are not") {
  Table table{Millis{1000}};
  table.apply(as_of(1000), kPurgeA);
  table.apply(as_of(1100), kPurgeB);
  table.apply(as_of(1900), kPurgeA);
  CHECK(table.size() == 2);
  table.apply(as_of(2200), std::vector<Selector>{uri("/c")});
  CHECK(table.size() == 2);
  CHECK_FALSE(table.valid(as_of(1800), {kA}));
  CHECK(table.valid(as_of(1050), {key_of("/b")}));
  table.apply(as_of(4000), std::vector<Selector>{uri("/c")});
  CHECK(table.size() == 1);
}

TEST_CASE("a pending purge is not forgotten with its window") {
  Table table{Millis{1000}};
  table.apply(as_of(1000), kPurgeA);
  table.apply_pending(kPurgeA);
  table.apply(as_of(9000), kPurgeB);
  CHECK_FALSE(table.valid(as_of(9000), {kA}));
  table.settle(as_of(9001), kPurgeA);
  table.apply(as_of(20'000), kPurgeB);
  CHECK(table.size() == 1);
}

TEST_CASE("purges of a key are counted: one's own once, every other at least once") {
  Table table;
  CHECK(table.count({kA}) == 0);
  table.apply_early(as_of(300), kPurgeA);
  table.apply(as_of(300), kPurgeA);
  CHECK(table.count({kA}) == 1);
  table.apply(as_of(301), kPurgeB);
  CHECK(table.count({kA}) == 1);
  table.apply_early(as_of(310), kPurgeA);
  table.apply(as_of(305), kPurgeA);  // of another proxy, overtaken by ours
  table.apply(as_of(310), kPurgeA);
  CHECK(table.count({kA}) == 3);
  table.apply(as_of(320), std::vector<Selector>{path_selector("host", "/a")});
  CHECK(table.count({kA}) == 4);
  table.apply_pending(kPurgeA);
  CHECK(table.count({kA}) == 5);
}

TEST_CASE("one selector purged over and over takes the room of one") {
  Table table{Millis{1'000'000'000}};
  for (std::uint64_t i = 0; i < 100'000; ++i) {
    table.apply_early(as_of(1000 + i), kPurgeA);
    table.apply(as_of(1000 + i), kPurgeA);
  }
  CHECK(table.size() == 1);
  CHECK(table.queued() == 1);
}

TEST_CASE("the table is bounded: the oldest purges become a floor") {
  constexpr std::size_t kMost = 500;
  Table table{Millis{1'000'000'000}, kMost};
  const std::size_t more = 1000;
  std::vector<Selector> one(1);
  for (std::size_t i = 0; i < kMost + more; ++i) {
    one[0] = "u host /" + std::to_string(i);
    table.apply_early(as_of(1000 + i), one);
  }
  CHECK(table.size() == kMost);
  CHECK_FALSE(table.valid(as_of(1000 + more - 2), {key_of("/never-purged")}));
  CHECK(table.valid(as_of(1000 + more - 1), {key_of("/never-purged")}));
  CHECK_FALSE(table.valid(as_of(1000), {key_of("/0")}));
}
