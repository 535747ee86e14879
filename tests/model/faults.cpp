// What may go wrong, each a bounded number of times.
#include "tests/model/step.hpp"

namespace model {

namespace {

bool spend(Byte& budget) {
  if (budget == 0) return false;
  --budget;
  return true;
}

bool evict_log(Move& m) {
  Log& log = m.s.log;
  if (!log.has_log || !spend(m.s.budget.evict_log)) return false;
  log.has_log = 0;
  log.tail = log.trimmed = log.newest_in_log = 0;
  return true;
}

bool evict_index(Move& m) {
  Log& log = m.s.log;
  if (!log.has_index || !spend(m.s.budget.evict_index)) return false;
  log.has_index = 0;
  log.newest = 0;
  return true;
}

bool evict_nodes(Move& m) {
  if (!m.s.log.has_nodes || !spend(m.s.budget.evict_nodes)) return false;
  m.s.log.has_nodes = 0;
  for (Proxy& p : m.proxies()) p.node = {};
  return true;
}

bool evict_record(Move& m) {
  if (m.s.slot.record.version == 0 || !spend(m.s.budget.evict_record)) return false;
  m.s.slot.record = {};
  return true;
}

bool lock_expires(Move& m) {
  if (!m.s.slot.locked || !spend(m.s.budget.expiries)) return false;
  m.s.slot.locked = 0;
  m.s.slot.lock_as_of = {};
  for (Proxy& p : m.proxies()) {
    for (Request& r : p.requests) r.token = 0;
  }
  return true;
}

bool trim_log(Move& m) {
  Log& log = m.s.log;
  if (log.trimmed >= log.tail || !spend(m.s.budget.trims)) return false;
  log.trimmed = log.tail;
  return true;
}

bool copy_redis(Move& m) {
  if (m.s.budget.restarts == 0 || !spend(m.s.budget.saves)) return false;
  m.s.saved = 1;
  m.s.saved_log = m.s.log;
  m.s.saved_slot = m.s.slot;
  for (Proxy& p : m.proxies()) {
    p.saved_node = p.node;
    for (Request& r : p.requests) r.saved_token = r.token;
  }
  return true;
}

void restore_log(const Move& m, bool from_copy) {
  m.s.server = next(m.s.server);
  m.s.log = from_copy ? m.s.saved_log : Log{};
  for (Proxy& p : m.proxies()) p.node = from_copy ? p.saved_node : Node{};
}

void restore_slot(const Move& m, bool from_copy) {
  m.s.slot = from_copy ? m.s.saved_slot : Slot{};
  for (Proxy& p : m.proxies()) {
    for (Request& r : p.requests) r.token = from_copy ? r.saved_token : Byte{0};
  }
}

bool restart_redis_empty(Move& m) {
  if (!spend(m.s.budget.restarts)) return false;
  restore_log(m, false);
  if (!m.rules.bounds().cluster) restore_slot(m, false);
  return true;
}

bool restart_redis_from_copy(Move& m) {
  if (!m.s.saved || !spend(m.s.budget.restarts)) return false;
  restore_log(m, true);
  if (!m.rules.bounds().cluster) restore_slot(m, true);
  return true;
}

bool restart_records_from_copy(Move& m) {
  if (!m.rules.bounds().cluster || !m.s.saved || !spend(m.s.budget.restarts)) return false;
  restore_slot(m, true);
  return true;
}

/// Its entry in the nodes table and its lock stay until their leases end; all
/// else is gone.
void lose_memory(Proxy& p) {
  Proxy reborn;
  reborn.node = p.node;
  reborn.saved_node = p.saved_node;
  for (std::size_t i = 0; i < p.requests.size(); ++i) {
    const bool asked = p.requests[i].phase != Phase::Idle;
    reborn.requests[i].done = static_cast<Byte>(p.requests[i].done + (asked ? 1 : 0));
  }
  p = reborn;
}

bool proxy_crashes(Move& m) {
  if (!m.proxy().up || !spend(m.s.budget.crashes)) return false;
  lose_memory(m.proxy());
  return true;
}

bool proxy_dies(Move& m) {
  if (!m.proxy().up || !spend(m.s.budget.deaths)) return false;
  lose_memory(m.proxy());
  m.proxy().dead = 1;
  return true;
}

constexpr Step kSteps[] = {
    {"evict_log", Actor::Fleet, Kind::Fault, evict_log, "the log is lost"},
    {"evict_index", Actor::Fleet, Kind::Fault, evict_index, "the index is lost"},
    {"evict_nodes", Actor::Fleet, Kind::Fault, evict_nodes, "the nodes table is lost"},
    {"evict_record", Actor::Fleet, Kind::Fault, evict_record, "the record is lost"},
    {"lock_expires", Actor::Fleet, Kind::Fault, lock_expires, "the fleet lock is gone"},
    {"trim_log", Actor::Fleet, Kind::Fault, trim_log, "the log is trimmed"},
    {"copy_redis", Actor::Fleet, Kind::Fault, copy_redis,
     "a copy of Redis is made: a snapshot, or where the replica's link breaks"},
    {"restart_redis_empty", Actor::Fleet, Kind::Fault, restart_redis_empty,
     "Redis restarts, empty"},
    {"restart_redis_from_copy", Actor::Fleet, Kind::Fault, restart_redis_from_copy,
     "Redis restarts from its copy, or fails over to that replica: what came "
     "after is lost"},
    {"restart_records_from_copy", Actor::Fleet, Kind::Fault, restart_records_from_copy,
     "the server that has the record does so alone"},
    {"proxy_crashes", Actor::Proxy, Kind::Fault, proxy_crashes, "a proxy crashes and starts anew"},
    {"proxy_dies", Actor::Proxy, Kind::Fault, proxy_dies, "a proxy crashes for good"},
};

}  // namespace

std::span<const Step> steps_of_faults() { return kSteps; }

}  // namespace model
