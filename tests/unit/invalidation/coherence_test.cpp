// When a purge may return (design §7), with time as an argument.
#include <catch2/catch.hpp>

#include "proxy/invalidation/coherence.hpp"

using namespace wf;
using namespace wf::invalidation;

namespace {

using State = NodeLag::State;
using Time = Coherence::TimePoint;

constexpr Birth kBirth{5};
constexpr Millis kLease{2000};
const Time kMade{std::chrono::seconds{1000}};

Stamp position(std::uint64_t ms, Birth birth = kBirth) { return {birth, {ms, 0}}; }
Time after(int ms) { return kMade + Millis{ms}; }

FleetReply fleet(std::vector<Node> nodes, Millis quiet = Millis{0}) {
  return {kBirth, {100, 0}, quiet, std::move(nodes)};
}

Coherence purge(std::vector<Node> nodes, Millis quiet = Millis{0}) {
  return Coherence{fleet(std::move(nodes), quiet), kMade};
}

Node behind(std::string name) { return {std::move(name), position(99), Millis{1500}, kLease}; }
Node lapsed(std::string name) { return {std::move(name), position(99), Millis{0}, kLease}; }
Node caught_up(std::string name) { return {std::move(name), position(100), kLease, kLease}; }

}  // namespace

TEST_CASE("where nobody else is, a purge returns at once") {
  const Coherence purged = purge({});
  CHECK(purged.settled());
  CHECK(purged.receipt(kMade).state == Receipt::State::Everywhere);
}

TEST_CASE("every proxy has said that it has applied the purge") {
  Coherence purged = purge({behind("a"), behind("b")});
  CHECK_FALSE(purged.settled());
  purged.applied("a", after(3));
  purged.applied("stranger", after(3));
  CHECK(purged.behind() == std::vector<std::string>{"b"});
  purged.applied("b", after(7));
  REQUIRE(purged.settled());
  const Receipt receipt = purged.receipt(after(8));
  CHECK(receipt.state == Receipt::State::Everywhere);
  REQUIRE(receipt.nodes.size() == 2);
  CHECK(receipt.nodes[0].lag == Millis{3});
  CHECK(receipt.nodes[1].name == "b");
  CHECK(receipt.nodes[1].state == State::Applied);
  CHECK(receipt.nodes[1].lag == Millis{7});
}

TEST_CASE("a lapsed proxy is not waited for, and named") {
  const Coherence purged = purge({lapsed("a")});
  CHECK(purged.settled());
  const Receipt receipt = purged.receipt(kMade);
  CHECK(receipt.state == Receipt::State::ByLease);
  CHECK(receipt.nodes.front().state == State::Lapsed);
}

TEST_CASE("a look at the table shows who has caught up, lapsed, or left") {
  Coherence purged = purge({behind("a"), behind("b"), behind("c"), behind("d")});
  purged.look(fleet({caught_up("a"), lapsed("b"), behind("d")}), after(500));
  CHECK(purged.behind() == std::vector<std::string>{"d"});
  const Receipt receipt = purged.receipt(after(600));
  CHECK(receipt.state == Receipt::State::TimedOut);
  CHECK(receipt.nodes[0].state == State::Applied);
  CHECK(receipt.nodes[1].state == State::Lapsed);
  CHECK(receipt.nodes[2].state == State::Lapsed);
  CHECK(receipt.nodes[3].state == State::Behind);
  CHECK(receipt.nodes[3].lag == Millis{600});
}

TEST_CASE("one whole lease on the purger's own clock is enough, whatever Redis says") {
  Coherence purged = purge({behind("a")});
  CHECK(purged.next_change() == after(2000));
  purged.look(fleet({behind("a")}), after(1900));
  purged.pass_time(after(1999));
  CHECK_FALSE(purged.settled());
  purged.pass_time(after(2000));
  CHECK(purged.settled());
  CHECK(purged.receipt(after(2000)).state == Receipt::State::ByLease);
}

TEST_CASE("after the nodes were lost a purge waits for those that the table does not know") {
  Coherence purged = purge({}, Millis{800});
  CHECK_FALSE(purged.settled());
  CHECK(purged.next_change() == after(800));
  purged.pass_time(after(799));
  CHECK_FALSE(purged.settled());
  purged.pass_time(after(800));
  CHECK(purged.settled());
  CHECK(purged.receipt(after(800)).state == Receipt::State::ByLease);
}

TEST_CASE("nodes lost while a purge waits: who is missing has not left") {
  Coherence purged = purge({behind("a")});
  FleetReply reborn = fleet({}, Millis{1500});
  reborn.birth = Birth{6};
  purged.look(reborn, after(100));
  CHECK_FALSE(purged.settled());
  purged.pass_time(after(1600));
  CHECK(purged.behind() == std::vector<std::string>{"a"});
  purged.pass_time(after(2000));
  CHECK(purged.settled());
}

TEST_CASE("who has adopted a birth after the purge's holds everything older for invalid") {
  Coherence purged = purge({behind("a"), behind("b")});
  FleetReply reborn = fleet({{"a", position(1, Birth{6}), kLease, kLease}, behind("b")});
  reborn.birth = Birth{6};
  purged.look(reborn, after(100));
  CHECK(purged.behind() == std::vector<std::string>{"b"});
}
