// The lease that lets a proxy trust what is cached, by its own clock and by
// Redis'.
//
// Time is the order of events. What is assumed of clocks: a whole lease that
// began with a script, as Redis or a purger measures it, ends no earlier than
// the same lease as the proxy measures it, which counts from sending that
// script's request.
#include <algorithm>

#include "tests/model/step.hpp"

namespace model {

namespace {

/// Matching entries after `position` that the log still has; 0: none.
Byte newest_after(const Log& log, Stamp position) {
  return log.newest_in_log > position.seq ? log.newest_in_log : Byte{0};
}

bool renew(Move& m) {
  Proxy& p = m.proxy();
  const Log& log = m.s.log;
  if (!p.up || p.reply != Reply::None || !intact(m)) return false;
  if (p.position.birth != log.birth || log.trimmed > p.position.seq) return false;
  const bool read_counts = !m.has(Guard::ReportAfterApplying) && p.tail;
  const Stamp says = read_counts ? p.tail_upto : p.position;
  const bool caught_up = says.seq >= log.tail || m.rules.bounds().carry;
  const bool granted = caught_up || (p.node.live ? !m.has(Guard::RefuseRenewalBehind)
                                                 : !m.has(Guard::GrantOnlyCaughtUp));
  if (!granted && p.node.applied == says) return false;
  m.s.log.has_nodes = 1;
  p.node.applied = says;
  if (!granted) return true;
  p.node.live = 1;
  p.reply = Reply::Granted;
  p.reply_birth = log.birth;
  p.reply_older = 0;
  if (m.rules.bounds().carry) {
    p.reply_upto = {log.birth, log.tail};
    p.reply_newest = newest_after(log, p.position);
  }
  return true;
}

void forget_reply(Proxy& p) {
  p.reply = Reply::None;
  p.reply_birth = p.reply_older = p.reply_newest = 0;
  p.reply_upto = {};
}

/// What the renewal carried, unless the table has meanwhile been reloaded under
/// another birth.
void apply_carried(Move& m) {
  Proxy& p = m.proxy();
  if (!m.has(Guard::CarriedFirst) || p.reply_upto.birth != p.position.birth) return;
  p.position.seq = std::max(p.position.seq, p.reply_upto.seq);
  p.newest = std::max(p.newest, p.reply_newest);
}

bool lease_begins(Move& m) {
  Proxy& p = m.proxy();
  if (p.reply == Reply::None) return false;
  apply_carried(m);
  if (p.reply == Reply::Granted || !m.has(Guard::LeaseFromSend)) {
    p.lease = 1;
    p.lease_birth = p.reply_birth;
    p.lease_older = p.reply_older;
  }
  forget_reply(p);
  return true;
}

bool own_lease_ends(Move& m) {
  Proxy& p = m.proxy();
  if (!p.lease) return false;
  p.lease = p.lease_birth = p.lease_older = 0;
  return true;
}

bool node_lease_ends(Move& m) {
  Proxy& p = m.proxy();
  if (!p.node.live || (p.lease && m.has(Guard::OwnLeaseEndsFirst))) return false;
  p.node.live = 0;
  if (p.reply == Reply::Granted) p.reply = Reply::Late;
  return true;
}

bool unknown_leases_end(Move& m) {
  Log& log = m.s.log;
  if (log.members_known || !intact(m)) return false;
  for (const Proxy& p : m.proxies()) {
    if (p.lease && p.lease_birth != log.birth) return false;
  }
  for (Proxy& p : m.proxies()) {
    if (p.reply == Reply::Granted && p.reply_birth != log.birth) p.reply = Reply::Late;
  }
  log.members_known = 1;
  return true;
}

constexpr Step kSteps[] = {
    {"renew", Actor::Proxy, Kind::Protocol, renew,
     "one script reports the position applied and grants the lease if the "
     "proxy has caught up"},
    {"lease_begins", Actor::Proxy, Kind::Protocol, lease_begins,
     "the answer is there; the lease counts from when its request was sent"},
    {"own_lease_ends", Actor::Proxy, Kind::Protocol, own_lease_ends,
     "the lease ends by the proxy's own clock"},
    {"node_lease_ends", Actor::Proxy, Kind::Protocol, node_lease_ends,
     "the lease ends by Redis' clock, after it ended by the proxy's"},
    {"unknown_leases_end", Actor::Fleet, Kind::Protocol, unknown_leases_end,
     "a whole lease has passed since the nodes table was lost"},
};

}  // namespace

std::span<const Step> steps_of_leases() { return kSteps; }

}  // namespace model
