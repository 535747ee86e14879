// A proxy follows the log into its table, and loads the table anew where it
// cannot.
#include <algorithm>

#include "tests/model/step.hpp"

namespace model {

bool valid(const Move& m, const Proxy& proxy, Stamp as_of) {
  // What comparing births as numbers would do once chance makes a new one
  // smaller than the old.
  if (!m.has(Guard::BirthsByEquality) && as_of.birth != 0 && as_of.birth < proxy.position.birth) {
    return true;
  }
  return as_of.birth == proxy.position.birth && as_of.seq >= proxy.newest;
}

namespace {

bool trimmed_past(const Move& m) { return m.s.log.trimmed > m.proxy().position.seq; }

/// What a proxy learns from any script on `{wf}`: its table is not of this
/// birth, or has a gap.
bool must_reload(const Move& m) {
  const Proxy& p = m.proxy();
  const bool foreign = m.has(Guard::IdentityOnConnection) && p.server != m.s.server;
  return !p.up || foreign || p.position.birth != m.s.log.birth || trimmed_past(m);
}

bool read_tail(Move& m) {
  Proxy& p = m.proxy();
  const Log& log = m.s.log;
  if (!p.up || p.tail || !log.has_log || log.tail <= p.position.seq) return false;
  if (m.has(Guard::TailSeesTrim) && (!intact(m) || must_reload(m))) return false;
  if (m.has(Guard::IdentityOnConnection) && p.server != m.s.server) return false;
  p.tail = 1;
  p.tail_upto = {p.position.birth, log.tail};
  const bool seen = log.newest_in_log > log.trimmed && log.newest_in_log > p.position.seq;
  p.tail_newest = seen ? log.newest_in_log : Byte{0};
  return true;
}

void forget_tail(Proxy& p) {
  p.tail = 0;
  p.tail_upto = {};
  p.tail_newest = 0;
}

bool apply_tail(Move& m) {
  Proxy& p = m.proxy();
  if (!p.tail) return false;
  p.position.seq = std::max(p.position.seq, p.tail_upto.seq);
  p.newest = std::max(p.newest, p.tail_newest);
  forget_tail(p);
  return true;
}

bool ask_reload(Move& m) {
  Proxy& p = m.proxy();
  if (p.dead || p.reload || !intact(m) || !must_reload(m)) return false;
  p.reload = m.has(Guard::ReloadOneScript) ? 1 : 2;
  p.reload_to = {m.s.log.birth, m.s.log.tail};
  p.reload_newest = m.s.log.newest;
  p.reload_server = m.s.server;
  return true;
}

bool ask_reload_tail_alone(Move& m) {
  Proxy& p = m.proxy();
  if (p.reload != 2 || !intact(m)) return false;
  p.reload = 1;
  p.reload_to.seq = m.s.log.tail;
  return true;
}

void doom_requests(const Move& m) {
  for (Request& r : m.requests()) {
    if (r.phase == Phase::Read && m.has(Guard::ReloadDoomsReads)) {
      r.phase = Phase::Arrived;
      r.record = {};
      r.judged = 0;
    } else if (leads(r) && m.has(Guard::ReloadDoomsFills)) {
      r.doomed = 1;
    }
  }
}

bool apply_reload(Move& m) {
  Proxy& p = m.proxy();
  if (p.reload != 1) return false;
  p.up = 1;
  p.server = p.reload_server;
  p.position = p.reload_to;
  p.newest = p.reload_newest;
  p.reload = 0;
  p.reload_to = {};
  p.reload_newest = p.reload_server = 0;
  if (m.has(Guard::ReloadDropsL1)) p.l1 = {};
  if (m.has(Guard::ReloadDoomsTail)) forget_tail(p);
  doom_requests(m);
  return true;
}

constexpr Step kSteps[] = {
    {"read_tail", Actor::Proxy, Kind::Protocol, read_tail,
     "the tail of the log after its position is on its way"},
    {"apply_tail", Actor::Proxy, Kind::Protocol, apply_tail, "the entries are in its table"},
    {"ask_reload", Actor::Proxy, Kind::Protocol, ask_reload,
     "the birth is new, or the log was trimmed past its position: index, tail "
     "and birth in one "
     "script"},
    {"ask_reload_tail_alone", Actor::Proxy, Kind::Protocol, ask_reload_tail_alone,
     "GUARD OFF: the tail is read by a script of its own"},
    {"apply_reload", Actor::Proxy, Kind::Protocol, apply_reload,
     "the table is new; L1 is dropped, what is in flight is doomed"},
};

}  // namespace

std::span<const Step> steps_of_following() { return kSteps; }

}  // namespace model
