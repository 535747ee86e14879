// The protocol's guards, each of which can be left out, and the bounds of an
// exploration.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/model/state.hpp"

namespace model {

enum class Guard : Byte {
  TokenAtStore,
  UnlockedNeverStores,
  LookBeforeLock,
  TakeOver,
  LockWaitEnds,
  StampBeforeOrigin,
  StampBeforeJudging,
  RevivesStoredOnly,
  LateInsertKeepsStamp,
  JudgeWhenServing,
  JoinJudged,
  RevalidationCountsAsOut,
  LeaseForL1,
  LeaseForRedis,
  LeaseForJoining,
  OneScriptPurge,
  LostLog,
  LostIndex,
  LostNodes,
  BirthsByEquality,
  NodesShareBirth,
  WholeLeaseAfterLostNodes,
  IdentityInScript,
  IdentityOnConnection,
  OwnLeaseEndsFirst,
  LeaseFromSend,
  GrantOnlyCaughtUp,
  RefuseRenewalBehind,
  CarriedFirst,
  LapsedDoNotBind,
  ReportAfterApplying,
  TailSeesTrim,
  ReloadOneScript,
  ReloadDoomsTail,
  ReloadDoomsReads,
  ReloadDoomsFills,
  ReloadDropsL1,
  Count,
};

struct GuardText {
  Guard guard;
  std::string_view name;
  std::string_view says;
};

/// In the order of the enum.
[[nodiscard]] const std::vector<GuardText>& guards();
[[nodiscard]] std::optional<Guard> guard_named(std::string_view name);

/// What an exploration contains. Everything that is not bounded here is
/// unbounded.
struct Bounds {
  int proxies = 2;
  int requests = 1;  ///< at a time, per proxy
  int rounds = 1;    ///< requests one after the other, per place
  int purges = 1;    ///< a write each, then a purge that waits
  int raws = 0;      ///< a write each, then an application's own event: it waits for nobody
  int noise = 0;     ///< purges of something else
  int evict_log = 0;
  int evict_index = 0;
  int evict_nodes = 0;
  int evict_record = 0;
  int trims = 0;
  int expiries = 0;    ///< of the fleet lock: its lease ended, or it was evicted
  int restarts = 0;    ///< of Redis: empty, or with an older copy (a failover that
                       ///< loses writes)
  int cluster = 0;     ///< 1: record and log are on servers that restart separately
  int crashes = 0;     ///< of a proxy, which starts anew
  int deaths = 0;      ///< of a proxy, for good
  int warm = 0;        ///< 1: version 1 is in Redis and in every L1
  int carry = 0;       ///< 1: a renewal is granted to who is behind, and carries what
                       ///< is missing
  int table_only = 0;  ///< 1: no purge returns by its own clock, only by the nodes table
  int weak = 0;        ///< 1: the origin's 304 may be wrong (a validator of one-second
                       ///< resolution)

  /// Sets the bound of that name; false: there is none, or it cannot have this
  /// value.
  bool set(std::string_view name, int value);
  [[nodiscard]] std::string text() const;
};

/// All of them, as `Bounds::set` takes them.
[[nodiscard]] std::string names_of_bounds();

class Rules {
 public:
  explicit Rules(Bounds bounds, const std::vector<Guard>& without = {}) : bounds_(bounds) {
    for (const Guard guard : without) off_ |= bit(guard);
  }
  [[nodiscard]] bool has(Guard guard) const noexcept { return (off_ & bit(guard)) == 0; }
  [[nodiscard]] const Bounds& bounds() const noexcept { return bounds_; }

 private:
  static std::uint64_t bit(Guard guard) noexcept {
    return std::uint64_t{1} << static_cast<unsigned>(guard);
  }
  Bounds bounds_;
  std::uint64_t off_ = 0;
};

}  // namespace model
