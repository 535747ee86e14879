// What is promised of every fault.
#pragma once

#include <catch2/catch.hpp>

#include "tests/fleet/story.hpp"

namespace wf::test {

/// No connection refused or broken, no wrong or missing answer, no 5xx.
inline void check_nobody_noticed(const Story& story) {
  CHECK(story.base.failed == 0);
  CHECK(story.failed() == 0);
  CHECK(story.base.from_memory > 0);
  CHECK(story.base.from_redis > 0);
}

/// The slowest hundredth took no more than `promised` longer, and what a busy machine adds.
inline void check_slower_by(const Story& story, std::chrono::milliseconds promised) {
  const auto allowed = story.base.quantile(0.99) + promised + slack();
  CHECK(story.fault.quantile(0.99).count() <= microseconds{allowed}.count());
}

/// Hits come from Redis again.
inline void check_recovered_within(const Story& story, std::chrono::milliseconds promised) {
  CHECK(story.recovered);
  CHECK(story.recovery.count() <= (promised + 4 * slack()).count());
}

}  // namespace wf::test
