// A fill: the fleet lock, the origin, the answer to those who joined, the
// store.
#include "tests/model/step.hpp"

namespace model {

namespace {

bool finds_another(const Move& m) {
  const Record& stored = m.s.slot.record;
  return m.has(Guard::LookBeforeLock) && stored.version != 0 && stored != m.asked().record;
}

bool ask_lock_finds(Move& m) {
  Request& r = m.asked();
  if (r.phase != Phase::Asking || !finds_another(m)) return false;
  r.phase = Phase::Found;
  r.record = m.s.slot.record;
  r.revalidates = 0;
  return true;
}

/// Those who joined get what the fill brings, whatever was purged since: they
/// came before.
void answer_followers(Move& m, Byte version) {
  for (Request& other : m.requests()) {
    if (other.phase != Phase::Following || other.leader != m.request) continue;
    m.demand(version >= other.need, Property::NoOlderVersion);
    end_request(other);
  }
}

bool usable(const Move& m, const Record& found) {
  const Proxy& p = m.proxy();
  return (p.lease || !m.has(Guard::LeaseForRedis)) && valid(m, p, found.as_of);
}

bool serve_found(Move& m) {
  Request& r = m.asked();
  if (r.phase != Phase::Found || !usable(m, r.record)) return false;
  const Byte version = r.record.version;
  m.demand(version >= m.s.returned, Property::NoOlderVersion);
  m.proxy().l1 = r.record;
  answer_followers(m, version);
  end_request(m.asked());
  return true;
}

bool refuse_found(Move& m) {
  Request& r = m.asked();
  if (r.phase != Phase::Found || usable(m, r.record)) return false;
  r.phase = Phase::Asking;
  return true;
}

void hold_lock(const Move& m) {
  for (Proxy& p : m.proxies()) {
    for (Request& other : p.requests) other.token = 0;
  }
  m.asked().phase = Phase::Locked;
  if (!m.asked().revalidates) m.asked().record = {};
  m.asked().token = m.asked().may_store = 1;
  m.s.slot.locked = 1;
  m.s.slot.lock_as_of = m.asked().as_of;
}

bool take_lock(Move& m) {
  if (m.asked().phase != Phase::Asking || finds_another(m) || m.s.slot.locked) return false;
  hold_lock(m);
  return true;
}

bool holder_is_void(const Move& m) {
  return m.s.slot.locked && !valid(m, m.proxy(), m.s.slot.lock_as_of);
}

bool take_over_lock(Move& m) {
  if (m.asked().phase != Phase::Asking || finds_another(m)) return false;
  if (!m.has(Guard::TakeOver) || !holder_is_void(m)) return false;
  hold_lock(m);
  return true;
}

bool give_up_waiting(Move& m) {
  Request& r = m.asked();
  if (r.phase != Phase::Asking || finds_another(m) || !m.s.slot.locked) return false;
  if (m.has(Guard::TakeOver) && holder_is_void(m)) return false;
  if (!m.has(Guard::LockWaitEnds)) return false;
  m.demand(!holder_is_void(m), Property::NoVainWait);
  r.phase = Phase::Unlocked;
  if (!r.revalidates) r.record = {};
  return true;
}

void fetched(const Move& m, Byte version) {
  Request& r = m.asked();
  r.phase = Phase::Fetched;
  r.version = version;
}

bool may_ask_origin(const Request& r) {
  return r.phase == Phase::Locked || r.phase == Phase::Unlocked;
}

bool origin_answers(Move& m) {
  Request& r = m.asked();
  if (!may_ask_origin(r)) return false;
  if (r.revalidates && r.record.version == m.s.origin) return false;
  fetched(m, m.s.origin);
  r.revalidates = 0;
  r.record = {};
  return true;
}

bool origin_says_not_modified(Move& m) {
  Request& r = m.asked();
  if (!may_ask_origin(r) || !r.revalidates) return false;
  if (!m.rules.bounds().weak && r.record.version != m.s.origin) return false;
  fetched(m, r.record.version);
  return true;
}

bool answer(Move& m) {
  Request& r = m.asked();
  if (r.phase != Phase::Fetched) return false;
  if (!m.has(Guard::StampBeforeOrigin)) r.as_of = m.proxy().position;
  m.demand(r.version >= r.need, Property::NoOlderVersion);
  answer_followers(m, r.version);
  const bool keeps = r.may_store || !m.has(Guard::UnlockedNeverStores);
  if (!keeps) {
    end_request(m.asked());
    return true;
  }
  const Stamp as_of = m.has(Guard::LateInsertKeepsStamp) ? r.as_of : m.proxy().position;
  m.proxy().l1 = {r.version, as_of};
  r.phase = Phase::Storing;
  r.need = r.doomed = 0;
  return true;
}

bool must_not_revive(const Move& m) {
  const Request& r = m.asked();
  return m.has(Guard::RevivesStoredOnly) && r.revalidates && m.s.slot.record != r.record;
}

bool store(Move& m) {
  Request& r = m.asked();
  if (r.phase != Phase::Storing) return false;
  const bool writes = r.token || !m.has(Guard::TokenAtStore) || !r.may_store;
  if (writes && !must_not_revive(m)) {
    m.demand(r.version >= m.s.slot.record.version, Property::NoOverwrite);
    m.s.slot.record = {r.version, r.as_of};
  }
  if (r.token) {
    m.s.slot.locked = 0;
    m.s.slot.lock_as_of = {};
    r.token = 0;
  }
  end_request(m.asked());
  return true;
}

constexpr Step kSteps[] = {
    {"ask_lock_finds", Actor::Request, Kind::Protocol, ask_lock_finds,
     "the lock's script finds a record that was not there before"},
    {"serve_found", Actor::Request, Kind::Protocol, serve_found,
     "the record found is valid now: it answers the fill"},
    {"refuse_found", Actor::Request, Kind::Protocol, refuse_found,
     "the record found is void: the lock is asked for again"},
    {"take_lock", Actor::Request, Kind::Protocol, take_lock,
     "nobody holds the lock: it is taken, with the fill's as_of"},
    {"take_over_lock", Actor::Request, Kind::Protocol, take_over_lock,
     "the holder's as_of is void here: the lock is taken over"},
    {"give_up_waiting", Actor::Request, Kind::Protocol, give_up_waiting,
     "lock_wait has passed: to the origin, without storing"},
    {"origin_answers", Actor::Request, Kind::Protocol, origin_answers,
     "the origin answers with its version; the answer is on its way"},
    {"origin_says_not_modified", Actor::Request, Kind::Protocol, origin_says_not_modified,
     "the origin answers 304; the answer is on its way"},
    {"answer", Actor::Request, Kind::Protocol, answer,
     "the fill's record is in L1 under its as_of; client and followers are "
     "answered"},
    {"store", Actor::Request, Kind::Protocol, store,
     "one script stores and releases if the lock has the fill's token"},
};

}  // namespace

std::span<const Step> steps_of_filling() { return kSteps; }

}  // namespace model
