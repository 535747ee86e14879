#include "proxy/base/clock.hpp"

#include <catch2/catch.hpp>

using namespace wf;
using namespace std::chrono_literals;

TEST_CASE("a fake clock moves both of its times together") {
  FakeClock clock;
  const auto steady = clock.steady();
  const auto wall = clock.wall();
  clock.advance(1500ms);
  CHECK(clock.steady() - steady == 1500ms);
  CHECK(clock.wall() - wall == 1500ms);
}

TEST_CASE("fleet time follows Redis, not the local wall clock") {
  FakeClock clock{UnixTime{1h}};
  FleetClock fleet{clock};
  CHECK(fleet.now() == UnixTime{1h});
  fleet.synchronise(UnixTime{3h}, clock.steady());
  CHECK(fleet.now() == UnixTime{3h});
  clock.advance(10s);
  CHECK(fleet.now() == UnixTime{3h} + 10s);
}

TEST_CASE("the noise of one round trip does not move fleet time") {
  FakeClock clock{UnixTime{1h}};
  FleetClock fleet{clock};
  fleet.synchronise(UnixTime{1h} + 15ms, clock.steady());
  CHECK(fleet.now() == UnixTime{1h});
}
