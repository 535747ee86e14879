#include "proxy/invalidation/reports.hpp"

#include "proxy/base/ascii.hpp"
#include "proxy/invalidation/log_replies.hpp"

namespace wf::invalidation {

void Reports::hear(std::string_view message) {
  const std::size_t first = message.find(' ');
  if (first == std::string_view::npos) return;
  const std::size_t second = message.find(' ', first + 1);
  if (second == std::string_view::npos) return;
  const auto birth = ascii::parse_uint(message.substr(0, first));
  const auto position = parse_sequence(message.substr(first + 1, second - first - 1));
  if (!birth || !position) return;
  {
    const std::lock_guard lock{mutex_};
    if (positions_.size() >= kMostNames) positions_.clear();
    Stamp& stamp = positions_[std::string{message.substr(second + 1)}];
    if (stamp.birth == Birth{*birth} && stamp.sequence >= *position) return;
    stamp = {Birth{*birth}, *position};
  }
  heard_.notify_all();
}

bool Reports::applied(const std::string& name, const Stamp& purge) const {
  const std::lock_guard lock{mutex_};
  const auto found = positions_.find(name);
  return found != positions_.end() && found->second.birth == purge.birth &&
         found->second.sequence >= purge.sequence;
}

}  // namespace wf::invalidation
