// What a worker counts.
#include "proxy/observe/tally.hpp"

#include <catch2/catch.hpp>

using namespace wf;
using namespace wf::observe;

TEST_CASE("exchanges are counted by route and outcome, durations by hit and other") {
  Tally tally{2};
  tally.exchange(0, policy::Outcome::HitFresh, Micros{100});
  tally.exchange(0, policy::Outcome::HitFresh, Micros{101});
  tally.exchange(1, policy::Outcome::Miss, Micros{60'000'000});
  tally.exchange(static_cast<std::size_t>(-1), policy::Outcome::NoRoute, Micros{-5});
  const auto count = [&](std::size_t route, policy::Outcome outcome) {
    return tally.by_route()[route][static_cast<std::size_t>(outcome)].get();
  };
  CHECK(count(0, policy::Outcome::HitFresh) == 2);
  CHECK(count(1, policy::Outcome::Miss) == 1);
  CHECK(count(2, policy::Outcome::NoRoute) == 1);
  CHECK(tally.hits().buckets[0].get() == 1);  // an upper bound belongs to its bucket
  CHECK(tally.hits().buckets[1].get() == 1);
  CHECK(tally.hits().sum.get() == 201);
  CHECK(tally.others().buckets.back().get() == 1);
  CHECK(tally.others().buckets[0].get() == 1);
}
