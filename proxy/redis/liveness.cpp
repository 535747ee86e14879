#include "proxy/redis/liveness.hpp"

#include <algorithm>

namespace wf::redis {

using std::chrono::milliseconds;

void Liveness::on_received(TimePoint now) noexcept {
  heard_ = now;
  timeouts_ = 0;
}

Liveness::Verdict Liveness::judge(TimePoint now, std::optional<TimePoint> asked) const noexcept {
  if (settings_.timeouts != 0 && timeouts_ >= settings_.timeouts) return Verdict::Dead;
  if (now < next_check(asked)) return Verdict::Alive;
  return asked ? Verdict::Dead : Verdict::Ping;
}

TimePoint Liveness::next_check(std::optional<TimePoint> asked) const noexcept {
  const milliseconds delay = asked ? settings_.silence : settings_.ping_after;
  if (delay == milliseconds{0}) return TimePoint::max();
  return std::max(heard_, asked.value_or(heard_)) + delay;
}

}  // namespace wf::redis
