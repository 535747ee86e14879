#include "proxy/invalidation/purge.hpp"

namespace wf::invalidation {

std::vector<Selector> marked(std::vector<Selector> selectors, PurgeMode mode) {
  if (mode != PurgeMode::Hard) {
    for (Selector& selector : selectors) selector.insert(0, 1, kSoftMark);
  }
  return selectors;
}

std::string_view to_string(Receipt::State state) noexcept {
  switch (state) {
    case Receipt::State::Everywhere:
      return "everywhere";
    case Receipt::State::ByLease:
      return "by-lease";
    case Receipt::State::TimedOut:
      return "timed-out";
    case Receipt::State::Accepted:
      return "accepted";
    case Receipt::State::Pending:
      return "pending";
    case Receipt::State::Local:
      return "local";
  }
  return "?";
}

std::string_view to_string(NodeLag::State state) noexcept {
  switch (state) {
    case NodeLag::State::Applied:
      return "applied";
    case NodeLag::State::Lapsed:
      return "lapsed";
    case NodeLag::State::Behind:
      return "behind";
  }
  return "?";
}

}  // namespace wf::invalidation
