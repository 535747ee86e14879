// Names to addresses and addresses to streams, and how each can fail.
#include <catch2/catch.hpp>

#include <unistd.h>

#include "proxy/net/connect.hpp"
#include "tests/support/black_hole.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/scripted_origin.hpp"

using namespace wf;
using namespace std::chrono_literals;
using net::Task;

namespace {

Task<Result<std::unique_ptr<net::Stream>>> reach(test::Loop& loop, config::Address address,
                                                 net::milliseconds timeout = 5000ms) {
  const auto found = co_await net::resolve(address, Side::Upstream);
  if (!found) co_return found.error();
  co_return co_await net::connect(found->front(), timeout, loop.deadlines(), Side::Upstream);
}

Task<void> fails_with(test::Loop& loop, config::Address address, ErrorCode code) {
  const auto stream = co_await reach(loop, address, 60ms);
  REQUIRE_FALSE(stream);
  CHECK(stream.error().code == code);
  CHECK(stream.error().side == Side::Upstream);
  CHECK(stream.error().retry == Retry::Safe);
  CHECK_FALSE(stream.error().detail.empty());
}

Task<void> connects(test::Loop& loop, config::Address address) {
  const auto stream = co_await reach(loop, address);
  REQUIRE(stream);
  net::Endpoint peer;
  auto size = static_cast<socklen_t>(peer.capacity());
  REQUIRE(::getpeername((*stream)->descriptor(), peer.data(), &size) == 0);
  peer.resize(size);
  CHECK(net::to_string(peer) == net::to_string(address));
}

Task<void> names_have_addresses() {
  const config::Address name{"localhost", 80, {}};
  const auto found = co_await net::resolve(name, Side::Upstream);
  REQUIRE(found);
  CHECK_FALSE(found->empty());
  const config::Address literal{"::1", 8080, {}};
  const auto six = co_await net::resolve(literal, Side::Upstream);
  REQUIRE(six);
  CHECK(net::to_string(six->front()) == "[::1]:8080");
}

}  // namespace

TEST_CASE("names and literals are resolved") {
  test::Loop loop;
  loop.run(names_have_addresses());
}

TEST_CASE("TCP and unix sockets are connected to") {
  const std::string path = "/tmp/wf-net-" + std::to_string(::getpid()) + ".sock";
  for (const config::Address& at :
       {config::Address{"127.0.0.1", 0, {}}, config::Address{{}, 0, path}}) {
    test::ScriptedOrigin origin{at, test::echo};
    test::Loop loop;
    loop.run(connects(loop, origin.address()));
  }
}

TEST_CASE("a name without an address is Unresolved") {
  test::Loop loop;
  loop.run(fails_with(loop, {"no-such-host.invalid", 80, {}}, ErrorCode::Unresolved));
}

TEST_CASE("a port and a path where nobody listens are Refused") {
  test::ScriptedOrigin origin;
  const config::Address closed = origin.address();
  origin.refuse_connections();
  for (const config::Address& at : {closed, config::Address{{}, 0, "/nowhere/at/all"}}) {
    test::Loop loop;
    loop.run(fails_with(loop, at, ErrorCode::Refused));
  }
}

TEST_CASE("an address that never answers is a Timeout (FM-20)") {
  const test::BlackHole hole;
  test::Loop loop;
  loop.run(fails_with(loop, hole.address(), ErrorCode::Timeout));
}

TEST_CASE("addresses have one spelling") {
  CHECK(net::to_string(config::Address{"127.0.0.1", 80, {}}) == "127.0.0.1:80");
  CHECK(net::to_string(config::Address{"::1", 80, {}}) == "[::1]:80");
  CHECK(net::to_string(config::Address{{}, 0, "/run/x"}) == "unix:/run/x");
}
