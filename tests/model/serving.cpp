// A request looks into L1 and Redis, is served from there, joins a fill, or
// begins one.
#include "tests/model/step.hpp"

namespace model {

namespace {

/// May this proxy serve `record` from a store now?
bool usable(const Move& m, const Record& record, Guard lease) {
  const Proxy& p = m.proxy();
  if (record.version == 0 || (m.has(lease) && !p.lease)) return false;
  if (!m.has(Guard::JudgeWhenServing) && lease == Guard::LeaseForRedis) return m.asked().judged;
  return valid(m, p, record.as_of);
}

/// Requests of one proxy are alike: they arrive in order.
bool arrive(Move& m) {
  Request& r = m.asked();
  if (r.phase != Phase::Idle || r.done >= m.rules.bounds().rounds || !m.proxy().up) return false;
  if (m.request > 0) {
    const Request& before = m.proxy().requests[m.request - 1];
    if (before.phase == Phase::Idle && before.done <= r.done) return false;
  }
  r.phase = Phase::Arrived;
  r.need = m.s.returned;
  return true;
}

bool serve_from_l1(Move& m) {
  Request& r = m.asked();
  if (r.phase != Phase::Arrived || !usable(m, m.proxy().l1, Guard::LeaseForL1)) return false;
  m.demand(m.proxy().l1.version >= m.s.returned, Property::NoOlderVersion);
  end_request(r);
  return true;
}

bool read_redis(Move& m) {
  Request& r = m.asked();
  Proxy& p = m.proxy();
  if (r.phase != Phase::Arrived) return false;
  if (m.has(Guard::IdentityOnConnection) && p.server != m.s.server) return false;
  r.phase = Phase::Read;
  r.record = m.s.slot.record;
  if (!m.has(Guard::JudgeWhenServing)) r.judged = valid(m, p, r.record.as_of);
  return true;
}

bool serve_from_redis(Move& m) {
  Request& r = m.asked();
  if (r.phase != Phase::Read || !usable(m, r.record, Guard::LeaseForRedis)) return false;
  m.demand(r.record.version >= m.s.returned, Property::NoOlderVersion);
  m.proxy().l1 = r.record;
  end_request(r);
  return true;
}

/// May another request of this proxy join the fill that `r` leads?
bool joinable(const Move& m, const Request& r) {
  if (!leads(r) || r.doomed) return false;
  const Proxy& p = m.proxy();
  if (m.has(Guard::JoinJudged) && !valid(m, p, r.as_of)) return false;
  const bool out = r.phase == Phase::Fetched;
  const bool judged_before = r.revalidates && m.has(Guard::RevalidationCountsAsOut);
  return p.lease || !(out || judged_before) || !m.has(Guard::LeaseForJoining);
}

bool joins_nothing(const Move& m) {
  for (const Request& r : m.requests()) {
    if (&r != &m.asked() && joinable(m, r)) return false;
  }
  return true;
}

bool join_fill(Move& m) {
  Request& r = m.asked();
  if (r.phase != Phase::Arrived && r.phase != Phase::Read) return false;
  for (std::size_t i = 0; i < m.requests().size(); ++i) {
    if (i == m.request || !joinable(m, m.requests()[i])) continue;
    r.phase = Phase::Following;
    r.record = {};
    r.judged = 0;
    r.leader = static_cast<Byte>(i);
    return true;
  }
  return false;
}

void take_stamp(const Move& m) {
  if (m.has(Guard::StampBeforeOrigin)) m.asked().as_of = m.proxy().position;
}

bool lead_fill(Move& m) {
  Request& r = m.asked();
  if (r.phase != Phase::Read || usable(m, r.record, Guard::LeaseForRedis)) return false;
  if (!joins_nothing(m)) return false;
  r.phase = Phase::Asking;
  r.judged = 0;
  take_stamp(m);
  return true;
}

void revalidate(const Move& m, const Record& old) {
  Request& r = m.asked();
  r.record = old;
  r.revalidates = 1;
  r.judged = 0;
  r.phase = m.has(Guard::StampBeforeJudging) ? Phase::Asking : Phase::Judged;
  if (m.has(Guard::StampBeforeJudging)) take_stamp(m);
}

bool revalidate_from_l1(Move& m) {
  if (m.asked().phase != Phase::Arrived || !joins_nothing(m)) return false;
  if (!usable(m, m.proxy().l1, Guard::LeaseForL1)) return false;
  revalidate(m, m.proxy().l1);
  return true;
}

bool revalidate_from_redis(Move& m) {
  Request& r = m.asked();
  if (r.phase != Phase::Read || !joins_nothing(m)) return false;
  if (!usable(m, r.record, Guard::LeaseForRedis)) return false;
  revalidate(m, r.record);
  return true;
}

bool take_stamp_after_judging(Move& m) {
  Request& r = m.asked();
  if (r.phase != Phase::Judged) return false;
  r.phase = Phase::Asking;
  take_stamp(m);
  return true;
}

constexpr Step kSteps[] = {
    {"arrive", Actor::Request, Kind::Protocol, arrive, "a request arrives"},
    {"serve_from_l1", Actor::Request, Kind::Protocol, serve_from_l1,
     "it is served from L1: the lease runs, the record is valid now"},
    {"read_redis", Actor::Request, Kind::Protocol, read_redis, "Redis has answered what is stored"},
    {"serve_from_redis", Actor::Request, Kind::Protocol, serve_from_redis,
     "it is served from Redis: the lease runs, the record is valid now; L1 "
     "keeps it"},
    {"join_fill", Actor::Request, Kind::Protocol, join_fill,
     "it joins a fill that is valid now, and that the lease covers or whose "
     "request is not out"},
    {"lead_fill", Actor::Request, Kind::Protocol, lead_fill,
     "it leads a fill; as_of is taken before lock and origin are asked"},
    {"revalidate_from_l1", Actor::Request, Kind::Protocol, revalidate_from_l1,
     "the entry of L1 is stale: as_of is taken, the entry judged, a fill "
     "begins"},
    {"revalidate_from_redis", Actor::Request, Kind::Protocol, revalidate_from_redis,
     "the record is stale: as_of is taken, the record judged, a fill begins"},
    {"take_stamp_after_judging", Actor::Request, Kind::Protocol, take_stamp_after_judging,
     "GUARD OFF: as_of is taken after the old record was judged"},
};

}  // namespace

std::span<const Step> steps_of_serving() { return kSteps; }

}  // namespace model
