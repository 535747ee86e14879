// Purges and judgements at once: once a purge has been applied, no thread finds its victim valid.
#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "proxy/invalidation/purge_table.hpp"
#include "tests/unit/invalidation/keys.hpp"

using namespace wf;
using namespace wf::invalidation;
using namespace wf::invalidation::testing;

namespace {

constexpr std::uint64_t kPurges = 3000;

struct Play {
  PurgeTable table{Millis{1'000'000}};
  std::atomic<std::uint64_t> applied{0};  // sequence of the newest purge that has returned
  std::atomic<std::uint64_t> wrong{0};
  std::atomic<bool> done{false};
};

void judge(Play& play) {
  while (!play.done) {
    const std::uint64_t before = play.applied;
    const auto record = record_of("/a", play.table.position());
    const bool first = play.table.valid(*record);
    const bool second = play.table.valid(*record);
    if (record->as_of.sequence.ms < before) ++play.wrong;  // the position went back
    if (!first && second) ++play.wrong;                    // a purge was taken back
    const auto old = record_of("/a", {Birth{1}, {before - 1, 0}});
    if (before > 1 && play.table.valid(*old)) ++play.wrong;
  }
}

}  // namespace

TEST_CASE("no thread finds valid what a purge that returned has made invalid") {
  Play play;
  play.table.reload({Birth{1}, {1, 0}}, play.table.fresh_index());
  play.applied = 1;
  std::vector<std::thread> judges;
  for (int i = 0; i < 3; ++i) judges.emplace_back([&play] { judge(play); });
  const std::vector<Selector> purge{uri("/a")};
  for (std::uint64_t i = 2; i < kPurges; ++i) {
    play.table.apply({Birth{1}, {i, 0}}, purge);
    play.applied = i;
  }
  play.done = true;
  for (std::thread& thread : judges) thread.join();
  CHECK(play.wrong == 0);
}
