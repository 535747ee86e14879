// How much a run measures: little by itself, much where the environment says so.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

namespace wf::test {

[[nodiscard]] inline std::size_t setting(const char* name, std::size_t otherwise) {
  const char* set = std::getenv(name);
  return set == nullptr ? otherwise : std::stoul(set);
}

/// 0.5 is the median. Of what is not empty.
template <class Value>
[[nodiscard]] Value quantile(std::vector<Value> values, double share) {
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<std::size_t>(last * share)];
}

}  // namespace wf::test
