#include "tests/model/rules.hpp"

#include <algorithm>

namespace model {

const std::vector<GuardText>& guards() {
  static const std::vector<GuardText> texts{
      {Guard::TokenAtStore, "token-at-store", "a store writes only if the lock has its token"},
      {Guard::UnlockedNeverStores, "unlocked-never-stores",
       "who gave up waiting for the lock does not store"},
      {Guard::LookBeforeLock, "look-before-lock",
       "the lock's script first looks for a record that was not there before"},
      {Guard::TakeOver, "take-over", "a lock whose holder's as_of is void is taken over"},
      {Guard::LockWaitEnds, "lock-wait-ends",
       "after lock_wait a request goes to the origin without the lock"},
      {Guard::StampBeforeOrigin, "stamp-before-origin",
       "as_of is taken before lock and origin are asked"},
      {Guard::StampBeforeJudging, "stamp-before-judging",
       "for a revalidation, as_of is taken before the old record is judged"},
      {Guard::RevivesStoredOnly, "revives-stored-only",
       "a 304 is stored only if the record it revives is still the stored one"},
      {Guard::LateInsertKeepsStamp, "late-insert-keeps-stamp",
       "an entry of L1 has the as_of of its fill, however late it comes"},
      {Guard::JudgeWhenServing, "judge-when-serving",
       "a record is judged when it is served, not when it was read"},
      {Guard::JoinJudged, "join-judged", "nobody joins a fill whose as_of is void"},
      {Guard::RevalidationCountsAsOut, "revalidation-counts-as-out",
       "without a lease nobody joins a revalidation, even before its request "
       "is out"},
      {Guard::LeaseForL1, "lease-for-l1", "without a lease nothing is served from L1"},
      {Guard::LeaseForRedis, "lease-for-redis", "without a lease nothing is served from Redis"},
      {Guard::LeaseForJoining, "lease-for-joining",
       "without a lease nobody joins a fill whose request is out"},
      {Guard::OneScriptPurge, "one-script-purge", "log and index change in one script"},
      {Guard::LostLog, "lost-log", "a lost log makes a new birth"},
      {Guard::LostIndex, "lost-index", "a lost index makes a new birth"},
      {Guard::LostNodes, "lost-nodes", "a lost nodes table makes a new birth"},
      {Guard::BirthsByEquality, "births-by-equality", "births are equal or not; none is newer"},
      {Guard::NodesShareBirth, "nodes-share-birth",
       "a position that was reported under another birth does not count"},
      {Guard::WholeLeaseAfterLostNodes, "whole-lease-after-lost-nodes",
       "after the nodes table was lost, purges wait a whole lease"},
      {Guard::IdentityInScript, "identity-in-script",
       "every script checks that log, index and nodes were made by this Redis"},
      {Guard::IdentityOnConnection, "identity-on-connection",
       "a new connection is used only after its identity was compared"},
      {Guard::OwnLeaseEndsFirst, "own-lease-ends-first",
       "a proxy's own clock ends its lease before Redis does"},
      {Guard::LeaseFromSend, "lease-from-send",
       "the lease counts from when its renewal was sent, not answered"},
      {Guard::GrantOnlyCaughtUp, "grant-only-caught-up",
       "the script that grants a lapsed lease sees that the proxy has caught "
       "up"},
      {Guard::RefuseRenewalBehind, "refuse-renewal-behind",
       "the renewal of a proxy that is behind is refused"},
      {Guard::CarriedFirst, "carried-first",
       "the entries that a renewal carries are applied before its lease "
       "begins"},
      {Guard::LapsedDoNotBind, "lapsed-do-not-bind",
       "a purge does not wait for a proxy whose lease has lapsed"},
      {Guard::ReportAfterApplying, "report-after-applying",
       "a position is reported once it is applied, not once it is read"},
      {Guard::TailSeesTrim, "tail-sees-trim",
       "reading the tail notices in the same step that the log was trimmed or "
       "has a new birth"},
      {Guard::ReloadOneScript, "reload-one-script",
       "a reload reads index, tail and birth in one script"},
      {Guard::ReloadDoomsTail, "reload-dooms-tail",
       "log entries that were on their way when the table was reloaded are "
       "dropped"},
      {Guard::ReloadDoomsReads, "reload-dooms-reads",
       "a read of Redis that was on its way when the table was reloaded is "
       "repeated"},
      {Guard::ReloadDoomsFills, "reload-dooms-fills",
       "a fill that was under way when the table was reloaded answers only "
       "those who had joined"},
      {Guard::ReloadDropsL1, "reload-drops-l1", "a reload empties L1"},
  };
  return texts;
}

std::optional<Guard> guard_named(std::string_view name) {
  const auto& all = guards();
  const auto found = std::ranges::find(all, name, &GuardText::name);
  if (found == all.end()) return std::nullopt;
  return found->guard;
}

namespace {

struct Field {
  std::string_view name;
  int Bounds::*value;
  int most;
};

constexpr Field kFields[] = {
    {"proxies", &Bounds::proxies, static_cast<int>(kMaxProxies)},
    {"requests", &Bounds::requests, static_cast<int>(kMaxRequests)},
    {"rounds", &Bounds::rounds, 3},
    {"purges", &Bounds::purges, static_cast<int>(kMaxPurges)},
    {"raws", &Bounds::raws, static_cast<int>(kMaxPurges)},
    {"noise", &Bounds::noise, static_cast<int>(kMaxPurges)},
    {"evict-log", &Bounds::evict_log, 9},
    {"evict-index", &Bounds::evict_index, 9},
    {"evict-nodes", &Bounds::evict_nodes, 9},
    {"evict-record", &Bounds::evict_record, 9},
    {"trims", &Bounds::trims, 9},
    {"expiries", &Bounds::expiries, 9},
    {"restarts", &Bounds::restarts, 9},
    {"cluster", &Bounds::cluster, 1},
    {"crashes", &Bounds::crashes, 9},
    {"deaths", &Bounds::deaths, 9},
    {"warm", &Bounds::warm, 1},
    {"weak", &Bounds::weak, 1},
    {"carry", &Bounds::carry, 1},
    {"table-only", &Bounds::table_only, 1},
};

}  // namespace

bool Bounds::set(std::string_view name, int value) {
  const auto* const field = std::ranges::find(kFields, name, &Field::name);
  if (field == std::end(kFields) || value < 0 || value > field->most) return false;
  this->*field->value = value;
  return proxies > 0 && purges + raws + noise <= static_cast<int>(kMaxPurges);
}

std::string Bounds::text() const {
  std::string text;
  for (const Field& field : kFields) {
    if (this->*field.value == 0) continue;
    if (!text.empty()) text += ' ';
    text += std::string{field.name} + "=" + std::to_string(this->*field.value);
  }
  return text;
}

std::string names_of_bounds() {
  std::string names;
  const Bounds standard;
  for (const Field& field : kFields) {
    if (!names.empty()) names += ' ';
    names += std::string{field.name} + "=" + std::to_string(standard.*field.value);
  }
  return names;
}

}  // namespace model
