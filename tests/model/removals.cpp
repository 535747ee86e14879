// The list of guards: what breaks without each, within which bounds, and which
// are redundant.
#include "tests/model/cases.hpp"

namespace model {

const std::vector<Removal>& removals() {
  constexpr Property kP1 = Property::NoOlderVersion;
  constexpr Property kP2 = Property::NoOverwrite;
  constexpr Property kP3 = Property::EverythingEnds;
  constexpr Property kP4 = Property::NoVainWait;
  constexpr Property kNothing = Property::None;
  static const std::vector<Removal> all{
      {"token-at-store", "proxies=2 expiries=1", kP2,
       "a leader whose lock expired writes over its successor's record"},
      {"unlocked-never-stores", "proxies=2", kP2,
       "a request that gave up waiting writes over what the lock's holder "
       "stored meanwhile"},
      {"look-before-lock", "proxies=2 warm=1 weak=1 evict-record=1", kNothing,
       "it saves the fleet a second fetch; what a 304 could write over, "
       "revives-stored-only sees"},
      {"revives-stored-only", "proxies=2 warm=1 weak=1 evict-record=1", kNothing,
       "the lock's script has just looked, and while the token holds nobody "
       "else stores"},
      {"look-before-lock,revives-stored-only", "proxies=2 warm=1 weak=1", kP2,
       "a 304 for an old entry of L1 writes over the newer record of another "
       "proxy"},
      {"take-over", "proxies=2", kP4,
       "a request waits for a holder whose record is void before it is stored"},
      {"lock-wait-ends", "proxies=2 crashes=1", kP3,
       "a request waits for ever for a holder that crashed, where its lock has "
       "no lease"},
      {"stamp-before-origin", "proxies=2 rounds=2", kP1,
       "an answer from before the write is stamped as of after the purge"},
      {"stamp-before-judging", "proxies=2 warm=1 weak=1", kP1,
       "a 304 revives a record that was purged after it was judged"},
      {"late-insert-keeps-stamp", "proxies=2 rounds=2", kP1,
       "a late entry of L1 looks younger than the purge that it has missed"},
      {"judge-when-serving", "proxies=2 warm=1", kP1,
       "a record is purged between being read and being served"},
      {"join-judged", "proxies=1 requests=2", kP1,
       "a request joins a fill that left for the origin before the write"},
      {"revalidation-counts-as-out", "proxies=1 requests=2 warm=1 weak=1", kP1,
       "without a lease a request joins a revalidation of a record that was "
       "purged since it was "
       "judged, and the origin's validator does not see the change"},
      {"lease-for-l1", "proxies=2 warm=1", kP1,
       "a proxy that nobody waits for serves what it has not heard the purge "
       "of"},
      {"lease-for-redis", "proxies=2 warm=1", kP1, "the same, from Redis"},
      {"lease-for-joining", "proxies=1 requests=2", kP1, "the same, by joining a fill"},
      {"one-script-purge", "proxies=2 warm=1 crashes=1", kP1,
       "a reload between log and index has the position of the purge, not its "
       "selector"},
      {"lost-log", "proxies=2 warm=1 evict-log=1", kP1,
       "a proxy behind looks caught up with the empty log"},
      {"lost-index", "proxies=2 warm=1 evict-index=1 crashes=1", kP1,
       "a reload does not find the purge"},
      {"lost-nodes", "proxies=2 warm=1 evict-nodes=1", kP1,
       "the purge waits for nobody, since nobody is in the table"},
      {"births-by-equality", "proxies=1 warm=1 evict-log=1", kP1,
       "a record of the old birth passes for a newer one"},
      {"nodes-share-birth", "proxies=1 warm=1 noise=1 evict-log=1", kP1,
       "a position reported under the old birth passes for one under the new"},
      {"whole-lease-after-lost-nodes", "proxies=2 warm=1 evict-nodes=1", kP1,
       "the purge does not wait for a proxy that the new table does not know"},
      {"identity-in-script", "proxies=2 warm=1 restarts=1", kP1,
       "a failover loses the purge, and nothing says so"},
      {"identity-on-connection", "proxies=1 rounds=2 warm=1 restarts=1", kNothing,
       "records judge themselves by birth, and every script that decides "
       "checks the identity"},
      {"own-lease-ends-first", "proxies=2 warm=1", kP1,
       "the table forgets a proxy that still serves"},
      {"lease-from-send", "proxies=2 warm=1", kP1,
       "an answer that lay for a lease starts a lease that the table no longer "
       "knows"},
      {"grant-only-caught-up", "proxies=2 warm=1", kP1,
       "a purge returned while the proxy had no lease, and then it gets one "
       "without the purge"},
      {"refuse-renewal-behind", "proxies=2 warm=1", kP1,
       "a purge that returns by its own clock does not see that a lease was "
       "prolonged"},
      {"refuse-renewal-behind", "proxies=2 warm=1 table-only=1", kNothing,
       "redundant where a purge returns by the nodes table alone"},
      {"refuse-renewal-behind,grant-only-caught-up", "proxies=2 warm=1 carry=1", kNothing,
       "redundant where a renewal carries what is missing and its lease begins "
       "after that"},
      {"carried-first", "proxies=2 warm=1 carry=1", kP1,
       "a lease begins before the entries that came with it are in the table"},
      {"lapsed-do-not-bind", "proxies=2 deaths=1 table-only=1", kP3,
       "a purge waits for ever for a proxy that died"},
      {"report-after-applying", "proxies=2 warm=1", kP1,
       "a purge returns while the proxy has it in its socket, not in its "
       "table"},
      {"tail-sees-trim", "proxies=2 warm=1 trims=1", kP1,
       "the tail is read past a gap that nobody notices"},
      {"reload-one-script", "proxies=2 warm=1 crashes=1", kP1,
       "a purge between the two reads is in the position, not in the table"},
      {"reload-dooms-tail", "proxies=1 rounds=2 noise=1 evict-log=1", kP1,
       "entries of the old birth move the position in the new one, past a "
       "purge still to come"},
      {"reload-dooms-reads", "proxies=1 rounds=2 warm=1 evict-log=1", kNothing,
       "what was read is judged when it is served, by the new table"},
      {"reload-dooms-fills", "proxies=1 requests=2 warm=1 evict-log=1", kNothing,
       "whether a fill may be joined is judged by its as_of, which has the old "
       "birth"},
      {"reload-drops-l1", "proxies=1 rounds=2 warm=1 evict-log=1 trims=1", kNothing,
       "an entry is judged when it is served; dropping frees memory sooner"},
  };
  return all;
}

}  // namespace model
