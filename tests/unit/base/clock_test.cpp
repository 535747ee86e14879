#include "proxy/base/clock.hpp"

#include <ctime>

#include <catch2/catch.hpp>

#include "proxy/base/boot_clock.hpp"

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

TEST_CASE("steady time and leases count the machine's sleep") {
  const auto kernels = [] {
    timespec time{};
    REQUIRE(::clock_gettime(CLOCK_BOOTTIME, &time) == 0);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
  };
  const auto before = kernels();
  const auto boot = boot_now().time_since_epoch();
  const auto steady = SystemClock{}.steady().time_since_epoch();
  const auto after = kernels();
  CHECK(before <= boot);
  CHECK(boot <= after);
  CHECK(before - 1us <= steady);
  CHECK(steady <= after);
}
