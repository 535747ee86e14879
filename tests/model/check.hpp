// Runs the lists of cases, on all cores, and says what is not as they demand.
#pragma once

#include <string>
#include <vector>

#include "tests/model/cases.hpp"
#include "tests/model/explore.hpp"

namespace model {

/// Prints a line per case. 0: all is as demanded; 1: not.
[[nodiscard]] int check(const std::vector<Whole>& wholes, const std::vector<Removal>& missing);

/// What an exploration found, in one line.
[[nodiscard]] std::string text_of(const Findings& found, const Bounds& bounds);

}  // namespace model
