// A counter-example as a list to read.
#include <string>

#include "tests/model/explore.hpp"

namespace model {

namespace {

std::string number(Byte value) { return std::to_string(static_cast<int>(value)); }

/// "b1:2": sequence 2 under birth 1.
std::string text(Stamp stamp) { return "b" + number(stamp.birth) + ":" + number(stamp.seq); }

std::string text(const Record& record) {
  if (record.version == 0) return "-";
  return "v" + number(record.version) + "@" + text(record.as_of);
}

std::string actor(const Taken& taken) {
  const std::string proxy{static_cast<char>('A' + taken.who)};
  switch (taken.step->actor) {
    case Actor::Fleet:
      return "";
    case Actor::Purge:
      return "purge " + std::to_string(taken.who + 1);
    case Actor::Proxy:
      return "proxy " + proxy;
    case Actor::Request:
      return "proxy " + proxy + ", request " + std::to_string(taken.request + 1);
  }
  return "";
}

std::string redis_text(const State& s) {
  std::string out =
      "redis " + number(s.server) + ": log to " + text(Stamp{s.log.birth, s.log.tail});
  if (s.log.trimmed != 0) out += " from " + number(s.log.trimmed);
  out += ", index " + number(s.log.newest) + ", record " + text(s.slot.record);
  if (s.slot.locked) out += ", locked " + text(s.slot.lock_as_of);
  return out;
}

std::string proxy_text(const Proxy& p, char name) {
  std::string out{name};
  out += ": at " + text(p.position) + ", table " + number(p.newest);
  out += p.lease ? ", lease" : ", no lease";
  if (p.l1.version != 0) out += ", L1 " + text(p.l1);
  out += p.node.live ? ", node " + text(p.node.applied) : std::string{", node lapsed"};
  return out;
}

}  // namespace

std::string text_of(const std::vector<Taken>& trace, const Bounds& bounds) {
  std::string out;
  int line = 0;
  for (const Taken& taken : trace) {
    const State& s = taken.after;
    const std::string by = actor(taken);
    out += std::to_string(++line) + ". " + std::string{taken.step->name};
    if (!by.empty()) out += " (" + by + ")";
    out += ": " + std::string{taken.step->says} + "\n";
    out += "     origin v" + number(s.origin) + ", returned v" + number(s.returned) + "; " +
           redis_text(s) + "\n";
    for (int i = 0; i < bounds.proxies; ++i) {
      out += "     " +
             proxy_text(s.proxies[static_cast<std::size_t>(i)], static_cast<char>('A' + i)) + "\n";
    }
  }
  return out;
}

}  // namespace model
