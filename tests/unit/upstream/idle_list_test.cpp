#include "proxy/upstream/idle_list.hpp"

#include <sys/socket.h>

#include <array>

#include <catch2/catch.hpp>

#include <boost/asio/ip/tcp.hpp>

#include "tests/support/loop.hpp"
#include "tests/support/raw_socket.hpp"

using namespace wf::upstream;
using namespace std::chrono_literals;
namespace asio = wf::net::asio;

namespace {

Endpoint address(unsigned number) {
  const auto port = static_cast<std::uint16_t>(number);
  return asio::ip::tcp::endpoint{asio::ip::address_v4::loopback(), port};
}

// Streams without a connection, told apart by their address in memory.
struct Fixture {
  wf::test::Loop loop;
  IdleList list{IdleList::Limits{2, 10s}};
  TimePoint now{1h};

  const wf::net::Stream* put(unsigned number) {
    wf::net::Socket socket{loop.tasks().executor()};
    auto stream =
        std::make_unique<wf::net::Stream>(std::move(socket), loop.deadlines(), wf::Side::Upstream);
    const wf::net::Stream* raw = stream.get();
    list.put(Connection{address(number), std::move(stream)}, now);
    return raw;
  }
  const wf::net::Stream* take(unsigned number) {
    std::optional<Connection> taken = list.take(address(number), now);
    if (!taken) return nullptr;
    taken_.push_back(std::move(taken->stream));
    return taken_.back().get();
  }

 private:
  std::vector<std::unique_ptr<wf::net::Stream>> taken_;  // alive, so that addresses stay unique
};

/// Idle connections that are real ones, and a third by which the loop is made to look.
struct Live {
  Live() {
    for (std::size_t i = 0; i < 3; ++i) {
      std::array<int, 2> ends{};
      REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
      streams[i] = std::make_unique<wf::net::Stream>(loop.executor(), ends[0], loop.deadlines(),
                                                     wf::Side::Upstream);
      peers[i] = wf::test::RawSocket{ends[1]};
    }
  }
  void put(std::size_t which) { list.put(Connection{address(1), std::move(streams[which])}, now); }
  const wf::net::Stream* take() {
    taken.push_back(std::move(list.take(address(1), now)->stream));
    return taken.back().get();
  }
  wf::net::Task<void> look() {
    REQUIRE(peers[2].write("x"));
    co_await streams[2]->edge();
    CHECK(streams[2]->read_now(asio::buffer(room)).has_value());
  }

  wf::test::Loop loop;
  IdleList list{IdleList::Limits{2, 10s}};
  TimePoint now{1h};
  std::array<std::unique_ptr<wf::net::Stream>, 3> streams;
  std::array<wf::test::RawSocket, 3> peers;
  std::vector<std::unique_ptr<wf::net::Stream>> taken;
  std::array<char, 8> room{};
};

wf::net::Task<void> quiet_one_first(Live& live) {
  const auto* const first = live.streams[0].get();
  const auto* const second = live.streams[1].get();
  live.put(0);
  co_await live.look();
  live.put(1);
  CHECK(live.take() == first);
  CHECK(live.taken.back()->seen_quiet());
  CHECK(live.take() == second);
  CHECK_FALSE(live.taken.back()->seen_quiet());
}

wf::net::Task<void> not_one_that_spoke(Live& live) {
  const auto* const second = live.streams[1].get();
  live.put(0);
  REQUIRE(live.peers[0].write("unasked"));
  co_await live.look();
  live.put(1);
  CHECK(live.take() == second);
  CHECK_FALSE(live.take()->seen_quiet());
}

}  // namespace

TEST_CASE("idle: one that the loop has seen quiet goes before one that just came back") {
  Live live;
  live.loop.run(quiet_one_first(live));
}

TEST_CASE("idle: one at which something came is not quiet (R5)") {
  Live live;
  live.loop.run(not_one_that_spoke(live));
}

TEST_CASE("idle: the last that was given back is the first that is taken") {
  Fixture f;
  const auto* first = f.put(1);
  const auto* second = f.put(1);
  CHECK(f.take(1) == second);
  CHECK(f.take(1) == first);
  CHECK(f.take(1) == nullptr);
}

TEST_CASE("idle: addresses do not mix") {
  Fixture f;
  const auto* one = f.put(1);
  const auto* two = f.put(2);
  CHECK(f.take(3) == nullptr);
  CHECK(f.take(1) == one);
  CHECK(f.take(2) == two);
}

TEST_CASE("idle: above max_idle the longest idle one of its address goes") {
  Fixture f;
  (void)f.put(1);
  const auto* second = f.put(1);
  const auto* other = f.put(2);
  const auto* third = f.put(1);
  CHECK(f.list.size() == 3);
  CHECK(f.take(1) == third);
  CHECK(f.take(1) == second);
  CHECK(f.take(2) == other);
}

TEST_CASE("idle: with max_idle 0 nothing is kept") {
  Fixture f;
  f.list = IdleList{IdleList::Limits{0, 10s}};
  (void)f.put(1);
  CHECK(f.list.empty());
}

TEST_CASE("idle: nothing is taken after idle_timeout") {
  Fixture f;
  (void)f.put(1);
  f.now += 6s;
  const auto* second = f.put(1);
  f.now += 4s - 1ms;
  CHECK(f.list.size() == 2);
  f.now += 1ms;
  CHECK(f.take(1) == second);
  CHECK(f.take(1) == nullptr);
}

TEST_CASE("idle: expired ones are dropped without being asked for") {
  Fixture f;
  (void)f.put(1);
  f.now += 10s;
  (void)f.put(2);
  f.list.drop_expired(f.now);
  CHECK(f.list.size() == 1);
  CHECK(f.take(2) != nullptr);
}

TEST_CASE("idle: room is made by dropping the longest idle one") {
  Fixture f;
  (void)f.put(1);
  const auto* second = f.put(2);
  CHECK(f.list.drop_oldest());
  CHECK(f.take(1) == nullptr);
  CHECK(f.take(2) == second);
  CHECK_FALSE(f.list.drop_oldest());
}

TEST_CASE("idle: addresses that are gone take their connections along") {
  Fixture f;
  (void)f.put(1);
  const auto* second = f.put(2);
  Balancer balancer{5s};
  balancer.replace({address(2)});
  f.list.drop_unknown(balancer);
  CHECK(f.list.size() == 1);
  CHECK(f.take(2) == second);
}
