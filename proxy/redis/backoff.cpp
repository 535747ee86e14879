#include "proxy/redis/backoff.hpp"

#include <algorithm>

namespace wf::redis {

Backoff::Millis Backoff::next(double chance) noexcept {
  upper_ = std::min(upper_ * 2, limit_);
  const auto spread = static_cast<double>((upper_ - first_).count()) * chance;
  return first_ + Millis{static_cast<Millis::rep>(spread)};
}

}  // namespace wf::redis
