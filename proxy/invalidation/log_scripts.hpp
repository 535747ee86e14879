// What the purge protocol asks Redis to do in one step (design §7).
//
// Every script has KEYS log, index, nodes and begins in the same way: it makes sure that the three
// are there, carry one birth, and were made by this very server (run and replication id). If not,
// it makes a new birth with an empty log and index; if the nodes cannot be relied on either, purges
// have to wait one whole lease, since a proxy that the table no longer knows may still be serving.
//
//     log     Stream: b birth [f flags] s selector…   the first field of every entry is the birth
//     index   sorted set: selector → its newest sequence (ms * 1024 + n); "" → −birth
//     nodes   hash: birth, identity, quiet (until when purges wait), n:<name> → birth, position
//             applied, end of the lease, its length
//
// Every script but `event` has ARGV 1 a birth, in case it needs one, 2 how long the index
// remembers, 3 how long the log does, 4 the length of a lease (all ms).
#pragma once

#include "proxy/redis/script.hpp"

namespace wf::invalidation::scripts {

/// What an entry may say of itself in its field "f", a letter each: the proxies shall tell when
/// they have applied it; they shall fetch again what it has made stale.
inline constexpr char kAwaitedFlag = 'w';
inline constexpr char kRefetchFlag = 'r';

/// So many sequences fit into one millisecond, then the next one is taken.
inline constexpr unsigned kPerMilli = 1024;
/// Entries that one catch_up hands over; who misses more gets no lease yet.
inline constexpr unsigned kEntries = 1000;
/// Selectors that one reload hands over. More than one purge can have.
inline constexpr unsigned kPage = 5000;
/// Selectors of one entry: with kEntries of them an answer stays within what a client reads.
inline constexpr unsigned kSelectors = 200;

/// ARGV 5 flags (the letters above), 6… selectors. Appends, and moves the selectors in the index.
/// → birth, sequence, ms for which nobody may rely on the nodes, nodes
/// A node: name, birth, position, ms left of its lease (0: lapsed), length of its lease.
[[nodiscard]] const redis::Script& append();

/// What applications call by themselves: ARGV 1… selectors, and nothing that depends on the fleet's
/// settings. → sequence; empty: the three are not as they should be. Then it removes the log and
/// the index instead of making a birth, which the next script of a proxy does: what is stored is
/// void.
[[nodiscard]] const redis::Script& event();

/// ARGV 5 name, 6 birth, 7 position applied, 8 channel on which to tell of it (or empty).
/// → birth, state, seconds, microseconds, lease granted in ms (0: none), entries after position
/// Catching up and renewal in one: who is behind gets what it misses with the lease, and may use
/// the one only once it has applied the other. State 0: the position is of another birth, or the
/// log was trimmed past it: reload.
[[nodiscard]] const redis::Script& catch_up();

/// ARGV 5 the score to begin at: 0, then that of the last selector got.
/// → birth, position, identity, selectors and scores in turn
[[nodiscard]] const redis::Script& reload();

/// → as append, without a sequence of one's own: that of the log's tail
[[nodiscard]] const redis::Script& nodes();

}  // namespace wf::invalidation::scripts
