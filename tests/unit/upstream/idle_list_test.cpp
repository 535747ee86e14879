#include "proxy/upstream/idle_list.hpp"

#include <catch2/catch.hpp>

#include <boost/asio/ip/tcp.hpp>

#include "tests/support/loop.hpp"

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

}  // namespace

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
