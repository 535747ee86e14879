#include "tests/model/graph.hpp"

#include <algorithm>

namespace model {

namespace {

constexpr std::size_t kFirstSlots = std::size_t{1} << 12U;
constexpr std::uint64_t kIndexMask = 0xffff'ffffU;

}  // namespace

Visited::Visited() : slots_(kFirstSlots) {}

std::size_t Visited::home(std::uint64_t hash) const noexcept {
  return static_cast<std::size_t>(hash * 0x9e37'79b9'7f4a'7c15U) & (slots_.size() - 1);
}

Visited::Found Visited::insert(std::uint64_t hash, Index parent) {
  const std::uint64_t upper = hash & ~kIndexMask;
  std::size_t at = home(hash);
  for (; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
    const auto index = static_cast<Index>((slots_[at] & kIndexMask) - 1);
    if ((slots_[at] & ~kIndexMask) == upper && hashes_[index] == hash) return {index, false};
  }
  const auto index = static_cast<Index>(hashes_.size());
  hashes_.push_back(hash);
  parents_.push_back(parent);
  slots_[at] = upper | (std::uint64_t{index} + 1);
  if (hashes_.size() * 3 > slots_.size() * 2) grow();
  return {index, true};
}

void Visited::grow() {
  slots_.assign(slots_.size() * 2, 0);
  for (std::size_t index = 0; index < hashes_.size(); ++index) {
    std::size_t at = home(hashes_[index]);
    while (slots_[at] != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = (hashes_[index] & ~kIndexMask) | (index + 1);
  }
}

bool Edges::leads_to(const std::vector<char>& good, std::size_t state) const {
  const std::size_t end = state + 1 < first_.size() ? first_[state + 1] : to_.size();
  for (std::size_t i = first_[state]; i < end; ++i) {
    if (good[to_[i]] != 0) return true;
  }
  return false;
}

std::size_t Edges::first_stuck() const {
  std::vector<char> good = ended_;
  // Successors were mostly found later: walking backwards, a few rounds are
  // enough.
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t state = good.size(); state-- > 0;) {
      if (good[state] != 0 || !leads_to(good, state)) continue;
      good[state] = 1;
      changed = true;
    }
  }
  return static_cast<std::size_t>(std::ranges::find(good, 0) - good.begin());
}

}  // namespace model
