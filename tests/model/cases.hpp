// What is checked: explorations in which everything must hold, and what must
// break without a guard.
#pragma once

#include <string_view>
#include <vector>

#include "tests/model/step.hpp"

namespace model {

/// Bounds as a user writes them: "proxies=1 rounds=2"; an unknown name throws.
[[nodiscard]] Bounds bounds_of(std::string_view text);
/// Guards as a user writes them: "lost-log,lost-index"; an unknown name throws.
[[nodiscard]] std::vector<Guard> guards_of(std::string_view names);

/// All guards are on; no property may break.
struct Whole {
  std::string_view bounds;
  std::string_view what;
  bool progress;  ///< P3 too, for which all edges are kept
};
[[nodiscard]] const std::vector<Whole>& quick_explorations();
[[nodiscard]] const std::vector<Whole>& full_explorations();

/// Without these guards this property breaks, within these bounds.
struct Removal {
  std::string_view guards;
  std::string_view bounds;
  Property broken;           ///< None: nothing breaks, all states were seen, for this reason
  std::string_view because;  ///< what goes wrong, or why the guard is redundant
};
[[nodiscard]] const std::vector<Removal>& removals();

}  // namespace model
