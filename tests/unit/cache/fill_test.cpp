// Who leads, who follows, and what followers are told.
#include <catch2/catch.hpp>

#include "proxy/cache/fill_table.hpp"
#include "tests/support/loop.hpp"

using namespace wf;
using namespace wf::cache;
using net::Task;

namespace {

const Stamp kNow{{1}, {100, 0}};

bool anybody(const Fill&) { return true; }
bool nobody(const Fill&) { return false; }

FillAnswer failure() {
  FillAnswer answer;
  answer.kind = FillKind::Failed;
  answer.error = {ErrorCode::Refused, Side::Upstream, Retry::No, {}};
  return answer;
}

FillAnswer shared() {
  FillAnswer answer;
  answer.kind = FillKind::Shared;
  answer.record = Record::make(Draft{});
  return answer;
}

Task<void> follow(std::shared_ptr<Fill> fill, std::vector<FillKind>& told) {
  const FillAnswer* answer = co_await fill->wait(net::Notifier::TimePoint::max());
  told.push_back(answer->kind);
}

Task<void> abandoned_on_destruction(test::Loop& loop) {
  FillTable table;
  std::vector<FillKind> told;
  auto lead = table.join("key", kNow, anybody);
  auto reader = lead.fill->feed().join();
  {
    const FillPermit permit{table, lead.fill};
    for (int i = 0; i < 3; ++i) loop.tasks().spawn(follow(lead.fill, told));
    FillPermit moved{FillPermit{table, table.join("other", kNow, anybody).fill}};
    CHECK(table.size() == 2);
  }
  CHECK(table.size() == 0);
  co_await loop.tasks().join();
  CHECK(told == std::vector<FillKind>(3, FillKind::Abandoned));
  const auto cut = co_await reader->next();
  CHECK(cut.error().code == ErrorCode::Cancelled);
}

Task<void> the_first_answer_counts(test::Loop&) {
  Fill fill{"key", kNow};
  const auto soon = net::after(std::chrono::milliseconds{10});
  const FillAnswer* none = co_await fill.wait(soon);
  CHECK(none == nullptr);
  CHECK_FALSE(fill.answered());
  fill.answer(shared());
  fill.answer(failure());
  const FillAnswer* answer = co_await fill.wait(soon);
  REQUIRE(answer != nullptr);
  CHECK(answer->kind == FillKind::Shared);
}

void play(Task<void> (*story)(test::Loop&)) {
  test::Loop loop;
  loop.run(story(loop));
}

}  // namespace

TEST_CASE("the first leads and the rest follow, each key for itself") {
  FillTable table;
  const auto first = table.join("key", kNow, anybody);
  const auto second = table.join("key", {{1}, {200, 0}}, anybody);
  const auto other = table.join("other", kNow, anybody);
  CHECK(first.leader);
  CHECK_FALSE(second.leader);
  CHECK(second.fill == first.fill);
  CHECK(second.fill->as_of() == kNow);
  CHECK(other.leader);
  CHECK(table.find("key") == first.fill);
  CHECK(table.find("nothing") == nullptr);
}

namespace {

Task<void> waits_for_the_end(test::Loop& loop, FillTable& table) {
  const auto first = table.join("key", kNow, anybody);
  CHECK_FALSE(first.fill->asked());
  CHECK(first.replaced == nullptr);
  std::optional<FillPermit> permit{std::in_place, table, first.fill};
  first.fill->mark_asked();
  const auto next = table.join("key", kNow, [](const Fill& fill) { return !fill.asked(); });
  CHECK(next.leader);
  CHECK(next.replaced == first.fill);
  co_await next.replaced->wait_ended(net::after(Millis{1}));
  loop.tasks().spawn([](std::optional<FillPermit>& held) -> Task<void> {
    held.reset();
    co_return;
  }(permit));
  co_await next.replaced->wait_ended(net::Notifier::TimePoint::max());
  CHECK_FALSE(permit.has_value());
  const FillPermit last{table, next.fill};
}

}  // namespace

TEST_CASE("what could not be joined is handed to who takes its place, and can be waited for") {
  test::Loop loop;
  FillTable table;
  loop.run(waits_for_the_end(loop, table));
}

TEST_CASE("a fill that a purge has overtaken is not joined, and its end leaves the newer one") {
  FillTable table;
  const auto old = table.join("key", kNow, anybody);
  const Stamp later{{1}, {200, 0}};
  {
    const FillPermit permit{table, old.fill};
    const auto newer =
        table.join("key", later, [](const Fill& fill) { return fill.as_of() != kNow; });
    CHECK(newer.leader);
    CHECK(newer.fill->as_of() == later);
    CHECK_FALSE(table.join("key", later, anybody).leader);
  }
  REQUIRE(table.size() == 1);
  CHECK(table.find("key")->as_of() == later);
  CHECK(table.join("key", later, nobody).leader);
}

TEST_CASE("a fill that has come to nothing is not joined while it still ends") {
  FillTable table;
  const auto first = table.join("key", kNow, anybody);
  const FillPermit permit{table, first.fill};
  first.fill->answer(failure());
  CHECK(table.join("key", kNow, anybody).leader);

  const auto cut = table.join("cut", kNow, anybody);
  cut.fill->answer(shared());
  CHECK_FALSE(table.join("cut", kNow, anybody).leader);
  cut.fill->feed().fail({ErrorCode::Reset, Side::Upstream, Retry::No, {}});
  CHECK(table.join("cut", kNow, anybody).leader);
}

TEST_CASE("a permit that goes without an answer tells the followers to compete again") {
  play(abandoned_on_destruction);
}
TEST_CASE("a fill is answered once; who waits no longer is told nothing") {
  play(the_first_answer_counts);
}
