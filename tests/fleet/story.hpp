// One row of the failure matrix as it was seen: before, while and after something is broken.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "tests/fleet/stage.hpp"

namespace wf::test {

struct Story {
  Noticed base;                           ///< the same load without the fault
  Noticed fault;                          ///< while it lasted
  Noticed after;                          ///< from its end until hits come from Redis again
  std::chrono::milliseconds recovery{0};  ///< how long that took
  bool recovered = false;

  [[nodiscard]] std::uint64_t failed() const { return fault.failed + after.failed; }
};

struct Fault {
  std::string id;    ///< "FM-01"
  std::string what;  ///< "Redis is killed"
  std::function<void()> begin;
  std::function<void()> end;
};

/// Warms the caches, then runs the load through the phases. The fault lasts
/// WARMFRONT_FAULT_SECONDS (2). Prints the row.
[[nodiscard]] Story play(Stage& stage, const Fault& fault);
[[nodiscard]] Story play(Stage& stage, const Fault& fault, LoadPlan plan);

/// How long a fault lasts in this run.
[[nodiscard]] std::chrono::milliseconds fault_length();
/// How much slower than promised an answer may be here: machines that build and test at once are
/// slow. WARMFRONT_FAULT_SLACK in ms (250).
[[nodiscard]] std::chrono::milliseconds slack();

}  // namespace wf::test
