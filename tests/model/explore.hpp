// Explores every state that the rules and bounds allow, breadth first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/model/step.hpp"

namespace model {

/// One line of a counter-example: who did what, and the state it led to.
struct Taken {
  const Step* step = nullptr;
  std::size_t who = 0;
  std::size_t request = 0;
  State after;
};

struct Order {
  Rules rules;
  std::uint64_t most_states = 4'000'000'000;
  bool progress = false;  ///< also ask whether everything can end; needs all edges in memory
};

struct Findings {
  Property broken = Property::None;
  std::uint64_t states = 0;
  std::uint64_t steps = 0;
  std::uint32_t depth = 0;
  bool complete = false;     ///< all states were seen
  std::uint64_t taken = 0;   ///< bit n: the n-th of all steps was taken somewhere
  std::vector<Taken> trace;  ///< to the violation, one of the shortest
};

[[nodiscard]] State first_state(const Rules& rules);
[[nodiscard]] Findings explore(const Order& order);

/// As a list to read.
[[nodiscard]] std::string text_of(const std::vector<Taken>& trace, const Bounds& bounds);

}  // namespace model
