#include "proxy/cache/failure_board.hpp"

namespace wf::cache {

void FailureBoard::remember(const std::string& slot, const Error& error, SteadyTime until) {
  const std::lock_guard lock{mutex_};
  // All live equally long: at the time of a full board most have passed.
  if (entries_.size() >= kMost) entries_.clear();
  entries_.insert_or_assign(slot, Entry{error, until});
}

std::optional<Error> FailureBoard::find(std::string_view slot, SteadyTime now) const {
  const std::lock_guard lock{mutex_};
  if (entries_.empty()) return std::nullopt;
  const auto found = entries_.find(std::string{slot});
  if (found == entries_.end() || found->second.until <= now) return std::nullopt;
  return found->second.error;
}

}  // namespace wf::cache
