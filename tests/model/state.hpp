// One state of the fleet, as the model of the coherence protocol sees it
// (docs/coherence.md).
//
// Everything is a byte, unused parts are zero, and nothing points from one
// proxy to another: states that are equal have equal bytes, and sorting the
// proxies makes states equal that differ only in the proxies' names. What Redis
// keeps per proxy or per request (its entry in the nodes table, its token in
// the lock) is therefore kept beside that proxy or request.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

namespace model {

using Byte = std::uint8_t;

inline constexpr std::size_t kMaxProxies = 3;
inline constexpr std::size_t kMaxRequests = 2;
inline constexpr std::size_t kMaxPurges = 4;

/// A place in the order of purges: `as_of` of a record, or the position that a
/// proxy has applied.
struct Stamp {
  Byte birth = 0;  ///< 0: none
  Byte seq = 0;
  bool operator==(const Stamp&) const = default;
};

/// A stored response; its content is the version of the resource that the
/// origin had.
struct Record {
  Byte version = 0;  ///< 0: there is none
  Stamp as_of;
  bool operator==(const Record&) const = default;
};

/// A proxy's entry in the nodes table.
struct Node {
  Byte live = 0;  ///< its lease runs, by Redis' clock
  Stamp applied;  ///< what it has reported
  bool operator==(const Node&) const = default;
};

enum class Phase : Byte {
  Idle,
  Arrived,    ///< looks into L1
  Read,       ///< Redis has answered; `record` is what was there
  Judged,     ///< only with the guard off: the old record was judged, as_of not yet
              ///< taken
  Asking,     ///< leads a fill that has its as_of; asks for the lock
  Found,      ///< the lock's script has found `record`, which was not there before
  Locked,     ///< has been told that it holds the lock
  Unlocked,   ///< has given up waiting: it will not store
  Fetched,    ///< the origin has answered
  Storing,    ///< the client and followers are answered; the record is on its way
              ///< to Redis
  Following,  ///< has joined the fill that request `leader` of the same proxy
              ///< leads
};

struct Request {
  Phase phase = Phase::Idle;
  Byte done = 0;         ///< how often this slot has been answered
  Byte need = 0;         ///< no older version may answer it: what had returned when it arrived
  Record record;         ///< as read; for a fill, what it has seen or revalidates
  Stamp as_of;           ///< of the fill
  Byte version = 0;      ///< what the origin answered
  Byte revalidates = 0;  ///< the origin's request is conditional on `record`
  Byte doomed = 0;       ///< answers only those who had joined
  Byte leader = 0;       ///< of the one that is followed
  Byte may_store = 0;    ///< it has been told that it held the lock
  Byte judged = 0;       ///< only with the guard off: the verdict of when the record was read
  Byte token = 0;        ///< the lock in Redis has its token
  Byte saved_token = 0;  ///< and in the saved copy of Redis
};

enum class Reply : Byte {
  None,
  Granted,  ///< the renewal was granted, its answer is on its way
  Late,     ///< and since its request was sent, a whole lease has passed
};

struct Proxy {
  Byte up = 0;  ///< has loaded a table since it started
  Byte dead = 0;
  Byte server = 0;  ///< the identity of the Redis that its connections were compared with
  Stamp position;   ///< applied
  Byte newest = 0;  ///< its table: sequence of the newest purge that matches

  Byte lease = 0;        ///< its lease runs, by its own clock
  Byte lease_birth = 0;  ///< granted under this birth
  Byte lease_older = 0;  ///< bit p: granted before purge p was appended
  Reply reply = Reply::None;
  Byte reply_birth = 0;
  Byte reply_older = 0;
  Stamp reply_upto;  ///< the entries that the reply carries: applied before the
                     ///< lease begins
  Byte reply_newest = 0;

  Byte tail = 0;  ///< an answer with log entries is on its way
  Stamp tail_upto;
  Byte tail_newest = 0;
  Byte reload = 0;  ///< an answer to a reload is on its way; 2: only with the
                    ///< guard off, its half
  Stamp reload_to;
  Byte reload_newest = 0;
  Byte reload_server = 0;

  Record l1;
  Node node;
  Node saved_node;
  std::array<Request, kMaxRequests> requests;
};

/// What every `{wf}` script sees: log, index, nodes table, and who they say
/// they are.
struct Log {
  Byte birth = 0;
  Byte server = 0;  ///< the Redis that they were made by
  Byte has_log = 0;
  Byte has_index = 0;
  Byte has_nodes = 0;
  Byte members_known = 0;  ///< 0: proxies that the nodes table does not know may hold leases
  Byte tail = 0;           ///< the newest sequence
  Byte trimmed = 0;        ///< entries up to this one are no longer in the log
  Byte newest_in_log = 0;  ///< the newest entry of the log that matches
  Byte newest = 0;         ///< the same in the index
  bool operator==(const Log&) const = default;
};

/// `wf:{H}:*`: the record and its lock.
struct Slot {
  Record record;
  Byte locked = 0;
  Stamp lock_as_of;
  bool operator==(const Slot&) const = default;
};

enum class Purging : Byte { Idle, Written, Logged, Waiting, Ended };

struct Purge {
  Purging phase = Purging::Idle;
  Byte version = 0;  ///< what its write made
  Stamp at;
};

/// How many faults are still to come.
struct Budget {
  Byte evict_log = 0;
  Byte evict_index = 0;
  Byte evict_nodes = 0;
  Byte evict_record = 0;
  Byte trims = 0;
  Byte expiries = 0;
  Byte saves = 0;
  Byte restarts = 0;
  Byte crashes = 0;
  Byte deaths = 0;
};

struct State {
  Byte origin = 1;    ///< version of the resource
  Byte returned = 1;  ///< newest version whose purge has returned
  Byte births = 0;    ///< how many there have been
  Byte server = 1;    ///< identity of the running Redis
  Byte saved = 0;     ///< there is a saved copy to restart from
  Budget budget;
  Log log;
  Log saved_log;
  Slot slot;
  Slot saved_slot;
  std::array<Purge, kMaxPurges> purges;
  std::array<Proxy, kMaxProxies> proxies;
};

static_assert(std::has_unique_object_representations_v<State>, "equal states have equal bytes");

}  // namespace model
