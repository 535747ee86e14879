#include "proxy/redis/slot_map.hpp"

#include <catch2/catch.hpp>

#include "tests/support/show_result.hpp"

using namespace wf;
using namespace wf::redis;

namespace {

const config::Address kAsked{"10.0.0.9", 7000, {}};

Reply node(std::string host, int port) {
  return Reply::array({Reply::bulk(std::move(host)), Reply::integer(port), Reply::bulk("id")});
}

Reply range(int first, int last, std::vector<Reply> nodes) {
  std::vector<Reply> parts{Reply::integer(first), Reply::integer(last)};
  for (Reply& one : nodes) parts.push_back(std::move(one));
  return Reply::array(std::move(parts));
}

config::Address address(std::string host, std::uint16_t port) {
  return {std::move(host), port, {}};
}

}  // namespace

TEST_CASE("the map of a Cluster says who owns a slot", "[FM-08]") {
  const Reply reply = Reply::array({range(0, 99, {node("a", 1), node("b", 2), node("c", 3)}),
                                    range(200, 16383, {node("d", 4)}),
                                    range(100, 100, {node("a", 1), node("b", 2)})});
  const SlotMap map = SlotMap::parse(reply, kAsked).value();
  REQUIRE(map.owner(0) != nullptr);
  CHECK(*map.owner(0) == address("a", 1));
  CHECK(*map.owner(100) == address("a", 1));
  CHECK(map.owner(101) == nullptr);
  CHECK(*map.owner(16383) == address("d", 4));
  CHECK(map.replicas(99) == std::vector{address("b", 2), address("c", 3)});
  CHECK(map.replicas(101).empty());
  CHECK(map.masters() == std::vector{address("a", 1), address("d", 4)});
  CHECK(map.all_replicas() == std::vector{address("b", 2), address("c", 3)});
  CHECK_FALSE(map.complete());
}

TEST_CASE("a slot that moved belongs to its new owner", "[FM-08]") {
  SlotMap map =
      SlotMap::parse(Reply::array({range(0, 16383, {node("a", 1), node("b", 2)})}), kAsked).value();
  CHECK(map.complete());
  map.assign(7, address("z", 9));
  CHECK(*map.owner(7) == address("z", 9));
  CHECK(map.replicas(7).empty());
  CHECK(*map.owner(8) == address("a", 1));
  map.assign(7, address("a", 1));
  CHECK(map.replicas(7) == std::vector{address("b", 2)});
}

TEST_CASE("a node that does not know its host is the one that was asked", "[FM-08]") {
  const Reply no_host = Reply::array({Reply::nil(), Reply::integer(7), Reply::bulk("id")});
  const SlotMap map =
      SlotMap::parse(Reply::array({range(0, 1, {no_host, node("?", 8), node("", 9)})}), kAsked)
          .value();
  CHECK(*map.owner(0) == address("10.0.0.9", 7));
  CHECK(map.replicas(0) == std::vector{address("10.0.0.9", 9)});
}

TEST_CASE("what is no map of a Cluster is refused", "[FM-16]") {
  const Reply rows[] = {Reply::nil(),
                        Reply::bulk("x"),
                        Reply::array({Reply::integer(1)}),
                        Reply::array({range(0, 1, {})}),
                        Reply::array({range(-1, 1, {node("a", 1)})}),
                        Reply::array({range(2, 1, {node("a", 1)})}),
                        Reply::array({range(0, 16384, {node("a", 1)})}),
                        Reply::array({range(0, 1, {node("a", 0)})}),
                        Reply::array({range(0, 1, {node("a", 65536)})}),
                        Reply::array({range(0, 1, {Reply::bulk("a")})}),
                        Reply::array({range(0, 1, {node("a", 1), Reply::nil()})})};
  for (const Reply& row : rows) {
    const auto map = SlotMap::parse(row, kAsked);
    REQUIRE_FALSE(map);
    CHECK(map.error().code == ErrorCode::Malformed);
  }
  CHECK(SlotMap::parse(Reply::array({}), kAsked)->masters().empty());
}
