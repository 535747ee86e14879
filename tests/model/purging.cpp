// A write at the origin, the purge that follows it, and when that purge
// returns.
#include <algorithm>

#include "tests/model/step.hpp"

namespace model {

bool intact(const Move& m) {
  const Log& log = m.s.log;
  const bool there = (log.has_log || !m.has(Guard::LostLog)) &&
                     (log.has_index || !m.has(Guard::LostIndex)) &&
                     (log.has_nodes || !m.has(Guard::LostNodes));
  return there && (log.server == m.s.server || !m.has(Guard::IdentityInScript));
}

namespace {

/// Purges are numbered: first those that wait, then raw events, then noise.
enum class Sort : Byte { Waits, Raw, Noise };

Sort sort_of(const Move& m) {
  const auto number = static_cast<int>(m.who);
  const Bounds& bounds = m.rules.bounds();
  if (number < bounds.purges) return Sort::Waits;
  return number < bounds.purges + bounds.raws ? Sort::Raw : Sort::Noise;
}

/// Purges of one sort are alike: they begin in order.
bool is_next(const Move& m) {
  if (m.purge().phase != Purging::Idle) return false;
  const Bounds& b = m.rules.bounds();
  const auto number = static_cast<int>(m.who);
  const bool first = number == 0 || number == b.purges || number == b.purges + b.raws;
  return first || m.s.purges[m.who - 1].phase != Purging::Idle;
}

/// From here on a lease that was granted before tells nothing about this purge.
void mark_older_leases(const Move& m) {
  for (Proxy& proxy : m.proxies()) {
    if (proxy.lease) proxy.lease_older |= bit(m.who);
    if (proxy.reply != Reply::None) proxy.reply_older |= bit(m.who);
  }
}

void end(const Move& m) {
  m.purge() = {.phase = Purging::Ended, .version = 0, .at = {}};
  for (Proxy& proxy : m.proxies()) {
    proxy.lease_older &= static_cast<Byte>(~bit(m.who));
    proxy.reply_older &= static_cast<Byte>(~bit(m.who));
  }
}

void return_to_caller(const Move& m) {
  m.s.returned = std::max(m.s.returned, m.purge().version);
  end(m);
}

void append_to_log(const Move& m, bool matches) {
  Log& log = m.s.log;
  log.has_log = 1;
  log.tail = next(log.tail);
  if (matches) log.newest_in_log = log.tail;
  m.purge().at = {log.birth, log.tail};
  if (sort_of(m) == Sort::Waits) mark_older_leases(m);
}

void move_in_index(const Move& m) {
  m.s.log.has_index = 1;
  m.s.log.newest = std::max(m.s.log.newest, m.purge().at.seq);
}

bool new_birth(Move& m) {
  if (intact(m)) return false;
  Log& log = m.s.log;
  // A table that another Redis made may lack proxies that joined after it was
  // copied.
  const bool nodes_lost = !log.has_nodes || log.server != m.s.server;
  for (Proxy& proxy : m.proxies()) {
    if (nodes_lost) proxy.node = {};
    if (m.has(Guard::NodesShareBirth)) proxy.node.applied = {};
  }
  const Byte known = nodes_lost ? Byte{0} : log.members_known;
  m.s.births = next(m.s.births);
  log = {};
  log.birth = m.s.births;
  log.server = m.s.server;
  log.has_log = log.has_index = log.has_nodes = 1;
  log.members_known = known;
  return true;
}

bool write_commits(Move& m) {
  if (sort_of(m) == Sort::Noise || !is_next(m)) return false;
  m.s.origin = next(m.s.origin);
  m.purge().version = m.s.origin;
  m.purge().phase = Purging::Written;
  return true;
}

bool append_purge(Move& m) {
  if (!m.has(Guard::OneScriptPurge) || m.purge().phase != Purging::Written || !intact(m)) {
    return false;
  }
  append_to_log(m, true);
  move_in_index(m);
  m.purge().phase = Purging::Waiting;
  if (sort_of(m) == Sort::Raw) end(m);
  return true;
}

/// The application's script makes no birth: it takes away what is left, and
/// the next script of a proxy makes one.
bool event_finds_loss(Move& m) {
  if (!m.has(Guard::OneScriptPurge) || m.purge().phase != Purging::Written || intact(m) ||
      sort_of(m) != Sort::Raw) {
    return false;
  }
  Log& log = m.s.log;
  log.has_log = log.has_index = 0;
  log.tail = log.trimmed = log.newest_in_log = log.newest = 0;
  end(m);
  return true;
}

bool append_log_alone(Move& m) {
  if (m.has(Guard::OneScriptPurge) || m.purge().phase != Purging::Written || !intact(m)) {
    return false;
  }
  append_to_log(m, true);
  m.purge().phase = Purging::Logged;
  return true;
}

bool move_in_index_alone(Move& m) {
  if (m.purge().phase != Purging::Logged || !intact(m)) return false;
  if (m.purge().at.birth == m.s.log.birth) move_in_index(m);
  m.purge().phase = Purging::Waiting;
  if (sort_of(m) == Sort::Raw) end(m);
  return true;
}

bool append_noise(Move& m) {
  if (sort_of(m) != Sort::Noise || !is_next(m) || !intact(m)) return false;
  append_to_log(m, false);
  end(m);
  return true;
}

/// Has what this proxy reported caught up with the purge? A newer birth than
/// the purge's makes void all that the purge was about: then it is enough to
/// have reported under that.
bool covers(const Move& m, const Node& node) {
  const Stamp at = m.purge().at;
  if (m.has(Guard::NodesShareBirth)) {
    if (node.applied.birth != m.s.log.birth) return false;
    if (at.birth != m.s.log.birth) return true;
  }
  return node.applied.seq >= at.seq;
}

bool return_when_reported(Move& m) {
  if (m.purge().phase != Purging::Waiting || !intact(m)) return false;
  if (m.has(Guard::WholeLeaseAfterLostNodes) && !m.s.log.members_known) return false;
  for (const Proxy& proxy : m.proxies()) {
    const bool lapsed_binds = !m.has(Guard::LapsedDoNotBind) && proxy.node.applied.birth != 0;
    if ((proxy.node.live || lapsed_binds) && !covers(m, proxy.node)) return false;
  }
  return_to_caller(m);
  return true;
}

bool return_after_whole_lease(Move& m) {
  if (m.purge().phase != Purging::Waiting || m.rules.bounds().table_only) return false;
  for (const Proxy& proxy : m.proxies()) {
    if (proxy.lease && (proxy.lease_older & bit(m.who))) return false;
  }
  for (Proxy& proxy : m.proxies()) {
    if (proxy.reply == Reply::Granted && (proxy.reply_older & bit(m.who)))
      proxy.reply = Reply::Late;
  }
  return_to_caller(m);
  return true;
}

constexpr Step kSteps[] = {
    {"new_birth", Actor::Fleet, Kind::Protocol, new_birth,
     "log, index and nodes are not all there, or not of this Redis: a new "
     "birth"},
    {"write_commits", Actor::Purge, Kind::Protocol, write_commits,
     "the origin commits a write before its purge begins"},
    {"append_purge", Actor::Purge, Kind::Protocol, append_purge,
     "one script appends to the log and moves the selector in the index"},
    {"event_finds_loss", Actor::Purge, Kind::Protocol, event_finds_loss,
     "an application's script finds that something is lost: it removes log and "
     "index, and makes no birth"},
    {"append_log_alone", Actor::Purge, Kind::Protocol, append_log_alone,
     "GUARD OFF: the purge is in the log, not yet in the index"},
    {"move_in_index_alone", Actor::Purge, Kind::Protocol, move_in_index_alone,
     "GUARD OFF: the selector moves in the index"},
    {"append_noise", Actor::Purge, Kind::Protocol, append_noise,
     "a purge of something else moves the log"},
    {"return_when_reported", Actor::Purge, Kind::Protocol, return_when_reported,
     "every proxy of the table has reported the sequence or lost its lease: "
     "the purge returns"},
    {"return_after_whole_lease", Actor::Purge, Kind::Protocol, return_after_whole_lease,
     "a whole lease has passed on the purger's clock: the purge returns"},
};

}  // namespace

std::span<const Step> steps_of_purging() { return kSteps; }

}  // namespace model
