// The scripts of the purge protocol on a real Redis, sentence by sentence (design §7).
#include <catch2/catch.hpp>

#include "tests/unit/invalidation/log_stage.hpp"

using namespace wf;
using namespace wf::invalidation;
using namespace wf::invalidation::testing;

namespace {

using State = Receipt::State;

Task<void> a_purge_reaches_both(Stage& stage) {
  co_await both_settle(stage);
  const Stamp before = stage.a.table.position();
  CHECK(before.birth.value != 0);
  CHECK(stage.b.table.position() == before);
  stage.loop.tasks().spawn(stage.a.follow());
  stage.loop.tasks().spawn(stage.b.follow());
  const Receipt receipt = co_await stage.a.purge(one("/x"), test::kPatient);
  CHECK(receipt.state == State::Everywhere);
  REQUIRE(receipt.nodes.size() == 2);
  CHECK(receipt.nodes[0].state == NodeLag::State::Applied);
  CHECK(receipt.nodes[1].state == NodeLag::State::Applied);
  for (const Member* node : {&stage.a, &stage.b}) {
    CHECK_FALSE(node->valid(before, "/x"));
    CHECK(node->valid(before, "/y"));
    CHECK(node->table.position() == Stamp{before.birth, receipt.sequence});
    CHECK(node->valid(node->table.position(), "/x"));
    CHECK(node->lease.trust() == Trust::Exact);
  }
}

Task<void> nobody_is_waited_for(Stage& stage) {
  co_await both_catch_up(stage);
  const Stamp before = stage.a.table.position();
  const Receipt receipt = co_await stage.a.purge(one("/x"), Millis{0}, Wait::None);
  CHECK(receipt.state == State::Accepted);
  CHECK_FALSE(stage.a.valid(before, "/x"));
  CHECK(stage.b.valid(before, "/x"));
  co_await stage.b.catch_up();
  CHECK_FALSE(stage.b.valid(before, "/x"));
}

Task<void> one_does_not_follow(Stage& stage) {
  co_await both_settle(stage);
  stage.loop.tasks().spawn(stage.a.follow());
  const Receipt receipt = co_await stage.a.purge(one("/x"), Millis{100});
  CHECK(receipt.state == State::TimedOut);
  REQUIRE(receipt.nodes.size() == 2);
  for (const NodeLag& node : receipt.nodes) {
    INFO(node.name);
    CHECK(node.state == (node.name == "A" ? NodeLag::State::Applied : NodeLag::State::Behind));
  }
}

Task<void> a_lease_ends(Stage& stage) {
  co_await both_catch_up(stage);
  stage.loop.tasks().spawn(stage.a.follow());
  const auto start = timer_now();
  const Receipt receipt = co_await stage.a.purge(one("/x"), test::kPatient);
  CHECK(receipt.state == State::ByLease);
  CHECK(timer_now() - start < Millis{5000});
  // It has lost its lease by its own clock before Redis, and the purge, say so.
  CHECK(stage.b.lease.trust() == Trust::None);
  for (const NodeLag& node : receipt.nodes) {
    CHECK(node.state == (node.name == "A" ? NodeLag::State::Applied : NodeLag::State::Lapsed));
  }
  // Catching up and renewal are one.
  co_await stage.b.catch_up();
  CHECK(stage.b.lease.trust() == Trust::Exact);
  CHECK(stage.b.table.position().sequence == receipt.sequence);
}

Task<void> who_leaves_is_not_waited_for(Stage& stage) {
  co_await both_settle(stage);
  stage.loop.tasks().spawn(stage.a.follow());
  stage.b.lease.give_up();
  const auto left = co_await leave(stage.b.commands, stage.b.log.settings());
  CHECK(left.has_value());
  const Receipt receipt = co_await stage.a.purge(one("/x"), test::kPatient);
  CHECK(receipt.state == State::Everywhere);
  CHECK(receipt.nodes.size() == 1);
}

Task<void> much_is_missing(Stage& stage) {
  co_await both_catch_up(stage);
  const Stamp before = stage.b.table.position();
  for (int i = 0; i < 1200; ++i) {
    const Receipt receipt =
        co_await stage.a.purge(one("/" + std::to_string(i)), Millis{0}, Wait::None);
    REQUIRE(receipt.state == State::Accepted);
  }
  co_await both_catch_up(stage);
  CHECK_FALSE(stage.b.valid(before, "/0"));
  CHECK_FALSE(stage.b.valid(before, "/1199"));
  CHECK(stage.b.valid(before, "/1200"));
  CHECK(stage.b.table.position() == stage.a.table.position());
  CHECK(stage.b.follower.reloads() == 1);
}

Task<void> a_trimmed_log(Stage& stage) {
  co_await both_catch_up(stage);
  const Stamp before = stage.b.table.position();
  for (const std::string_view path : {"/x", "/y"}) {
    const Receipt receipt = co_await stage.a.purge(one(path), Millis{0}, Wait::None);
    CHECK(receipt.state == State::Accepted);
  }
  stage.server.ask({"XTRIM", "{wf}:log", "MAXLEN", "1"});
  co_await both_catch_up(stage);
  CHECK(stage.b.follower.reloads() == 2);
  // The index has it all: only what was purged is invalid.
  CHECK_FALSE(stage.b.valid(before, "/x"));
  CHECK_FALSE(stage.b.valid(before, "/y"));
  CHECK(stage.b.valid(before, "/z"));
  CHECK(stage.b.table.position().birth == before.birth);
}

Task<void> a_late_joiner(Stage& stage) {
  co_await stage.a.catch_up();
  const Stamp before = stage.a.table.position();
  for (int batch = 0; batch < 7; ++batch) {
    std::vector<Selector> many;
    for (int i = 0; i < 1000; ++i) many.push_back(uri("/" + std::to_string(batch * 1000 + i)));
    const Receipt receipt = co_await stage.a.purge(std::move(many), Millis{0}, Wait::None);
    CHECK(receipt.state == State::Accepted);
  }
  co_await both_catch_up(stage);
  CHECK(stage.b.table.size() == 7000);
  CHECK(stage.b.table.position() == stage.a.table.position());
  for (const std::string_view path : {"/0", "/4999", "/5000", "/6999"}) {
    CHECK_FALSE(stage.b.valid(before, path));
    CHECK(stage.b.valid(stage.b.table.position(), path));
  }
  CHECK(stage.b.valid(before, "/7000"));
}

Task<void> lost(Stage& stage, std::string key) {
  co_await both_catch_up(stage);
  const Stamp before = stage.a.table.position();
  stage.server.ask({"DEL", key});
  co_await both_catch_up(stage);
  CHECK(stage.a.table.position().birth != before.birth);
  CHECK(stage.b.table.position() == stage.a.table.position());
  CHECK_FALSE(stage.a.valid(before, "/y"));
  CHECK(stage.a.valid(stage.a.table.position(), "/y"));
}

/// How long purges have to wait for proxies that the table does not know.
Task<Millis> quiet(Stage& stage) {
  const Result<FleetReply> fleet = co_await list_nodes(stage.a.commands, stage.a.log.settings());
  co_return fleet ? fleet->quiet : Millis{-1};
}

Task<void> a_lost_log(Stage& stage) { return lost(stage, "{wf}:log"); }
Task<void> a_lost_index(Stage& stage) { return lost(stage, "{wf}:index"); }

Task<void> lost_nodes(Stage& stage) {
  // The very first script has found none, and that long ago.
  co_await both_catch_up(stage);
  stage.server.ask({"HDEL", "{wf}:nodes", "quiet"});
  const Millis at_first = co_await quiet(stage);
  CHECK(at_first == Millis{0});
  co_await lost(stage, "{wf}:log");
  const Millis after_log = co_await quiet(stage);
  CHECK(after_log == Millis{0});
  co_await lost(stage, "{wf}:nodes");
  const Millis after_nodes = co_await quiet(stage);
  CHECK(after_nodes > kLongLease / 2);
}

Task<void> foreign_keys(Stage& stage) {
  for (const std::string key : {"{wf}:log", "{wf}:index", "{wf}:nodes"}) {
    co_await both_catch_up(stage);
    const Stamp before = stage.a.table.position();
    stage.server.ask({"SET", key, "not ours"});
    co_await both_catch_up(stage);
    CHECK(stage.b.table.position().birth != before.birth);
  }
}

Task<void> a_bare_append(Stage& stage) {
  co_await both_catch_up(stage);
  const Stamp before = stage.a.table.position();
  // It misses the index: nobody can tell what it means to a proxy that comes later.
  stage.server.ask({"XADD", "{wf}:log", "*", "s", uri("/x")});
  co_await both_catch_up(stage);
  CHECK(stage.b.table.position().birth != before.birth);
  CHECK_FALSE(stage.b.valid(before, "/x"));
}

Task<void> another_server(Stage& stage) {
  co_await both_catch_up(stage);
  const Stamp before = stage.a.table.position();
  stage.server.ask({"HSET", "{wf}:nodes", "identity", "of a master that failed"});
  stage.server.ask({"HDEL", "{wf}:nodes", "quiet"});
  co_await both_catch_up(stage);
  CHECK(stage.b.table.position().birth != before.birth);
  const Millis afterwards = co_await quiet(stage);
  CHECK(afterwards > kLongLease / 2);
}

Task<void> a_new_connection(Stage& stage) {
  const auto early = co_await stage.a.identity.admit(stage.a.commands, Millis{1});
  CHECK_FALSE(early.has_value());
  co_await stage.a.catch_up();
  const auto same = co_await stage.a.identity.admit(stage.a.commands, Millis{1});
  CHECK(same.has_value());
  CHECK(stage.a.lease.trust() == Trust::Exact);
  CHECK(stage.a.identity.refused() == 0);
  stage.a.identity.set("another");
  const auto other = co_await stage.a.identity.admit(stage.a.commands, Millis{1});
  CHECK_FALSE(other.has_value());
  CHECK(stage.a.identity.refused() == 1);
  CHECK(stage.a.lease.trust() == Trust::None);
}

Task<void> a_flushed_redis_under_a_purge(Stage& stage) {
  co_await both_catch_up(stage);
  const Stamp before = stage.a.table.position();
  stage.server.ask({"FLUSHALL"});
  stage.loop.tasks().spawn(stage.a.follow());
  stage.loop.tasks().spawn(stage.b.follow());
  const Receipt receipt = co_await stage.a.purge(one("/x"), test::kPatient);
  CHECK(receipt.state == State::ByLease);
  for (const Member* node : {&stage.a, &stage.b}) {
    CHECK_FALSE(node->valid(before, "/x"));
    CHECK_FALSE(node->valid(before, "/y"));
    CHECK(node->table.position().birth != before.birth);
  }
}

struct Up {
  Member* node;
  bool operator()() const { return node->up(); }
};

Task<void> pending_while_redis_is_gone(Stage& stage) {
  co_await both_catch_up(stage);
  const Stamp before = stage.a.table.position();
  stage.server.kill();
  // More than one script can append at once, each twice.
  std::vector<Selector> many;
  for (int i = 0; i < 6000; ++i) many.push_back(uri("/" + std::to_string(i)));
  for (int i = 0; i < 2; ++i) {
    const Receipt receipt = co_await stage.a.purge(many, test::kPatient);
    CHECK(receipt.state == State::Pending);
  }
  CHECK(stage.a.log.pending() == many.size());
  CHECK_FALSE(stage.a.valid(before, "/7"));
  CHECK(stage.a.valid(before, "/other"));

  stage.server.restart();
  for (Member* node : {&stage.a, &stage.b}) {
    const bool up = co_await test::eventually(stage.loop, Up{node});
    REQUIRE(up);
  }
  co_await both_catch_up(stage);
  const Stamp again = stage.b.table.position();
  CHECK(again.birth != before.birth);
  CHECK(stage.b.valid(again, "/7"));
  CHECK_FALSE(stage.a.valid(again, "/7"));
  const auto appended = co_await stage.a.log.append_pending(stage.a.commands);
  CHECK(appended.has_value());
  co_await both_catch_up(stage);
  CHECK(stage.a.log.pending() == 0);
  CHECK_FALSE(stage.b.valid(again, "/7"));
  CHECK_FALSE(stage.b.valid(again, "/5999"));
  CHECK(stage.a.valid(stage.a.table.position(), "/7"));
}

Task<void> too_much_is_pending(Stage& stage) {
  co_await both_catch_up(stage);
  const Stamp before = stage.a.table.position();
  stage.server.kill();
  std::vector<Selector> many;
  for (std::size_t i = 0; i <= PurgeLog::kMostPending; ++i)
    many.push_back("t " + std::to_string(i));
  const Receipt receipt = co_await stage.a.purge(std::move(many), test::kPatient);
  CHECK(receipt.state == State::Pending);
  CHECK(stage.a.log.pending() == 1);
  CHECK(stage.a.table.size() == 1);
  CHECK_FALSE(stage.a.valid(before, "/anything"));
}

Task<void> clocks_agree(Stage& stage) {
  const auto before = std::chrono::system_clock::now() - Millis{1000};
  co_await both_catch_up(stage);
  const auto after = std::chrono::system_clock::now() + Millis{1000};
  // The fake clocks begin years ago.
  CHECK(stage.a.fleet.now() > before);
  CHECK(stage.a.fleet.now() < after);
}

Task<void> every_key_ends(Stage& stage) {
  co_await both_catch_up(stage);
  const Receipt receipt = co_await stage.a.purge(one("/x"), Millis{0}, Wait::None);
  CHECK(receipt.state == State::Accepted);
  for (const std::string key : {"{wf}:log", "{wf}:index", "{wf}:nodes"}) {
    INFO(key);
    CHECK(stage.server.ask({"PTTL", key}).integer() >= kWindow.count());
  }
  CHECK(stage.server.ask({"DBSIZE"}).integer() == 3);
}

Task<void> the_index_forgets(Stage& stage) {
  co_await both_catch_up(stage);
  // As if purged longer ago than any record lives.
  for (int i = 0; i < 3000; ++i) {
    stage.server.ask({"ZADD", "{wf}:index", std::to_string(i + 1), "t old" + std::to_string(i)});
  }
  const Receipt receipt = co_await stage.a.purge(one("/x"), Millis{0}, Wait::None);
  CHECK(receipt.state == State::Accepted);
  // So much at a time.
  CHECK(stage.server.ask({"ZCARD", "{wf}:index"}).integer() == 502);
  co_await stage.a.catch_up();
  CHECK(stage.server.ask({"ZCARD", "{wf}:index"}).integer() == 2);
}

Task<void> purge_alone() {
  PurgeTable table{kWindow};
  FakeClock clock;
  const FleetClock fleet{clock};
  PurgeLog log{table, fleet, {}};
  const Stamp before = table.position();
  Purge what;
  what.selectors = one("/x");
  const Receipt receipt = co_await log.purge(nullptr, std::move(what), Millis{0});
  CHECK(receipt.state == State::Local);
  CHECK_FALSE(table.valid(before, {key_of("/x")}));
}

}  // namespace

TEST_CASE("a purge returns when both proxies have applied it") { play(&a_purge_reaches_both); }
TEST_CASE("a purge that waits for nobody") { play(&nobody_is_waited_for); }
TEST_CASE("a purge does not wait longer than it may, and names who is behind") {
  play(&one_does_not_follow);
}
TEST_CASE("a purge returns when the one that does not follow has lost its lease") {
  play(&a_lease_ends, Millis{400});
}
TEST_CASE("who has left in order is not waited for") { play(&who_leaves_is_not_waited_for); }
TEST_CASE("what is missing is handed over in portions, without a reload") {
  play(&much_is_missing);
}
TEST_CASE("a log trimmed past our position means a reload under the same birth") {
  play(&a_trimmed_log);
}
TEST_CASE("who joins late learns all from the index, page by page") { play(&a_late_joiner); }
TEST_CASE("a lost log means a new birth") { play(&a_lost_log); }
TEST_CASE("a lost index means a new birth") { play(&a_lost_index); }
TEST_CASE("lost nodes mean a new birth, and that purges wait for those who are not known") {
  play(&lost_nodes);
}
TEST_CASE("keys that are not ours count as lost") { play(&foreign_keys); }
TEST_CASE("a bare XADD means a new birth: it costs misses, and nobody misses it") {
  play(&a_bare_append);
}
TEST_CASE("log, index and nodes of another server mean a new birth") { play(&another_server); }
TEST_CASE("a new connection must lead to the server whose log is followed") {
  play(&a_new_connection);
}
TEST_CASE("a purge after Redis was flushed waits until both have adopted the new birth") {
  play(&a_flushed_redis_under_a_purge, Millis{1000});
}
TEST_CASE("purges are pending while Redis is gone, and appended when it is back") {
  play(&pending_while_redis_is_gone);
}
TEST_CASE("more pending purges than we keep become one of everything") {
  play(&too_much_is_pending);
}
TEST_CASE("catching up sets the fleet's clock by that of Redis") { play(&clocks_agree); }
TEST_CASE("every key has a time to live") { play(&every_key_ends); }
TEST_CASE("selectors older than the window leave the index, so many at a time") {
  play(&the_index_forgets);
}
TEST_CASE("without Redis a purge is in force at once") {
  test::Loop loop;
  loop.run(purge_alone());
}
