// When a purge may return: every proxy has applied it, or has lost its lease (design §7).
//
// No I/O and no clock: time is an argument, replies are handed in.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "proxy/invalidation/log_replies.hpp"

namespace wf::invalidation {

class Coherence {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// `reply` to the append was received at `made`, by the purger's own clock.
  Coherence(const FleetReply& reply, TimePoint made);

  /// That proxy has said so itself.
  void applied(const std::string& name, TimePoint now);
  /// A look at the nodes table that began after the append.
  void look(const FleetReply& reply, TimePoint now);
  /// One whole lease after the append nobody serves who has not applied it: a renewal that was
  /// sent before it has ended, one that was sent later brought it along.
  void pass_time(TimePoint now);

  [[nodiscard]] bool settled() const noexcept;
  /// When `pass_time` will change something.
  [[nodiscard]] TimePoint next_change() const noexcept;
  /// The proxies that may still serve what was purged.
  [[nodiscard]] std::vector<std::string> behind() const;
  [[nodiscard]] const Stamp& purge() const noexcept { return purge_; }

  /// Settled: Everywhere or ByLease; else TimedOut.
  [[nodiscard]] Receipt receipt(TimePoint now) const;

 private:
  struct Watched {
    NodeLag lag;
    TimePoint ends;  // of any lease under which it can serve without the purge
  };
  void settle(Watched& node, NodeLag::State state, TimePoint now);

  Stamp purge_;
  TimePoint made_;
  TimePoint quiet_;          // until then somebody unknown may be serving
  bool nodes_lost_ = false;  // there was such a time
  std::vector<Watched> nodes_;
};

}  // namespace wf::invalidation
