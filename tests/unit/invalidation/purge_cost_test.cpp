// What a purge costs Redis: in memory, in commands, in time (design §7).
#include <catch2/catch.hpp>

#include <algorithm>
#include <iostream>

#include "tests/unit/invalidation/log_stage.hpp"

using namespace wf;
using namespace wf::invalidation;
using namespace wf::invalidation::testing;

namespace {

constexpr int kPurges = 2000;
constexpr int kTimed = 300;

std::int64_t info_number(const test::RedisServer& server, const std::string& section,
                         const std::string& name) {
  const redis::Reply info = server.ask({"INFO", section});
  const std::string text{info.text()};
  const std::size_t at = text.find("\r\n" + name + ":");
  REQUIRE(at != std::string::npos);
  return std::stoll(text.substr(at + name.size() + 3));
}

/// Bytes that log and index take, with all that is in them. The server's own sum would count what
/// it takes and gives back for commands as well.
std::int64_t bytes_kept(const test::RedisServer& server) {
  std::int64_t bytes = 0;
  for (const std::string key : {"{wf}:log", "{wf}:index"}) {
    bytes += server.ask({"MEMORY", "USAGE", key, "SAMPLES", "0"}).integer();
  }
  return bytes;
}

Task<void> memory_of_purges(Stage& stage) {
  co_await both_catch_up(stage);
  for (int i = 0; i < kTimed; ++i) {
    // What Redis takes once: for the scripts, and for room to grow.
    const Receipt receipt =
        co_await stage.a.purge(one_tag("first:" + std::to_string(i)), Millis{0}, Wait::None);
    REQUIRE(receipt.state == Receipt::State::Accepted);
  }
  const std::int64_t before = bytes_kept(stage.server);
  for (int i = 0; i < kPurges; ++i) {
    const std::string tag = "analysis:" + std::to_string(1'000'000 + i);
    const Receipt receipt = co_await stage.a.purge(one_tag(tag), Millis{0}, Wait::None);
    REQUIRE(receipt.state == Receipt::State::Accepted);
  }
  const std::int64_t after = bytes_kept(stage.server);
  const std::int64_t each = (after - before) / kPurges;
  std::cout << "Redis keeps " << each << " bytes for a purged selector\n";
  CHECK(each > 0);
  CHECK(each <= 250);
}

Task<void> commands_of_a_purge(Stage& stage) {
  co_await stage.a.catch_up();
  co_await stage.a.purge(one_tag("a"), Millis{0}, Wait::None);  // the script is known now
  const auto count = [&] { return info_number(stage.server, "stats", "total_commands_processed"); };
  // What INFO itself, and each call within a script, counts for is in both.
  const std::int64_t start = count();
  const std::int64_t one_info = count() - start;
  std::vector<std::chrono::steady_clock::duration> took;
  for (int i = 0; i < kTimed; ++i) {
    const auto begun = timer_now();
    const Receipt receipt =
        co_await stage.a.purge(one_tag(std::to_string(i)), Millis{0}, Wait::None);
    took.push_back(timer_now() - begun);
    REQUIRE(receipt.state == Receipt::State::Accepted);
  }
  const std::int64_t calls = count() - start - 2 * one_info;
  std::sort(took.begin(), took.end());
  using Micros = std::chrono::microseconds;
  std::cout << "a purge: p50 " << std::chrono::duration_cast<Micros>(took[kTimed / 2]).count()
            << " us, p99 " << std::chrono::duration_cast<Micros>(took[kTimed * 99 / 100]).count()
            << " us, " << calls / kTimed << " calls within its script\n";
  CHECK(calls / kTimed <= 30);
}

/// How long purges have to wait for proxies that the table does not know.
Task<Millis> quiet(Stage& stage) {
  const Result<FleetReply> fleet = co_await list_nodes(stage.a.commands, stage.a.log.settings());
  co_return fleet ? fleet->quiet : Millis{-1};
}

/// The proxies that join first make the birth: its first lease runs from there, whether anybody
/// purges or not.
Task<void> a_young_birth(Stage& stage) {
  co_await both_catch_up(stage);
  const Millis at_first = co_await quiet(stage);
  CHECK(at_first > Millis{0});
  stage.loop.tasks().spawn(stage.a.follow());
  stage.loop.tasks().spawn(stage.b.follow());
  const Receipt early = co_await stage.a.purge(one("/x"), test::kPatient);
  CHECK(early.state == Receipt::State::ByLease);
  const Millis later = co_await quiet(stage);
  CHECK(later == Millis{0});
  const Receipt late = co_await stage.a.purge(one("/x"), test::kPatient);
  CHECK(late.state == Receipt::State::Everywhere);
}

}  // namespace

TEST_CASE("purges wait for proxies that nobody knows during a birth's first lease alone") {
  play(&a_young_birth, Millis{500});
}
TEST_CASE("Redis keeps at most 250 bytes for a purged selector") { play(&memory_of_purges); }
TEST_CASE("a purge is one script, however much it matches") { play(&commands_of_a_purge); }
