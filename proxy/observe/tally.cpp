#include "proxy/observe/tally.hpp"

#include <algorithm>

namespace wf::observe {

void Histogram::add(Micros duration) noexcept {
  const std::int64_t micros = std::max<std::int64_t>(duration.count(), 0);
  const auto* bound = std::lower_bound(kDurationBounds.begin(), kDurationBounds.end(), micros);
  buckets[static_cast<std::size_t>(bound - kDurationBounds.begin())].add();
  sum.add(static_cast<std::uint64_t>(micros));
}

void Tally::exchange(std::size_t route, policy::Outcome outcome, Micros duration) noexcept {
  const std::size_t place = std::min(route, by_route_.size() - 1);
  by_route_[place][static_cast<std::size_t>(outcome)].add();
  (policy::is_hit(outcome) ? hits_ : others_).add(duration);
}

}  // namespace wf::observe
