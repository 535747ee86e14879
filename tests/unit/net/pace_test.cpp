// Time that bytes buy: who keeps to the rate in the mean is waited for, who does not is not.
#include "proxy/net/pace.hpp"

#include <limits>

#include <catch2/catch.hpp>

using namespace wf;
using namespace std::chrono_literals;
using net::Pace;

TEST_CASE("a peer that sends nothing has its patience, once") {
  Pace pace{10s, 1_KiB};
  CHECK(pace.left() == 10s);
  pace.waited(4s);
  CHECK(pace.left() == 6s);
  CHECK_FALSE(pace.over());
  pace.waited(7s);
  CHECK(pace.left() == 0s);
  CHECK(pace.over());
}

TEST_CASE("so many bytes buy a second, and never more than there was in the beginning") {
  Pace pace{10s, 1_KiB};
  pace.waited(8s);
  pace.moved(1024);
  CHECK(pace.left() == 3s);
  pace.moved(512);
  CHECK(pace.left() == 3500ms);
  pace.moved(0);
  CHECK(pace.left() == 3500ms);
  pace.moved(1U << 20U);
  CHECK(pace.left() == 10s);
  pace.moved(std::numeric_limits<std::uint64_t>::max());
  CHECK(pace.left() == 10s);
}

TEST_CASE("a byte now and then does not keep a connection alive") {
  Pace pace{10s, 1_KiB};
  int waits = 0;
  for (; waits < 1000; ++waits) {
    pace.waited(5s);
    if (pace.over()) break;
    pace.moved(1);
  }
  CHECK(waits == 2);  // the third finds nothing left but what two bytes have bought
}

TEST_CASE("who keeps to the rate is never cut off, however long it takes") {
  Pace pace{10s, 1_KiB};
  for (int second = 0; second < 10'000; ++second) {
    pace.waited(1s);
    REQUIRE_FALSE(pace.over());
    pace.moved(1024);
  }
  CHECK(pace.left() == 10s);
}

TEST_CASE("without a rate any byte buys all") {
  Pace pace{10s, 0_B};
  pace.waited(9999ms);
  pace.moved(0);
  CHECK(pace.left() == 1ms);
  pace.moved(1);
  CHECK(pace.left() == 10s);
  pace.waited(1ns);
  CHECK(pace.left() == 10s);  // rounded up: a timer of that length finds nothing left
  pace.waited(20s);
  CHECK(pace.over());
  pace.renew();
  CHECK(pace.left() == 10s);
}
