#include "tests/model/cases.hpp"

#include <stdexcept>
#include <string>

namespace model {

namespace {

std::vector<std::string> parts_of(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    if (end != 0) parts.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return parts;
}

}  // namespace

Bounds bounds_of(std::string_view text) {
  Bounds bounds;
  for (const std::string& part : parts_of(text, ' ')) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos ||
        !bounds.set(part.substr(0, equals), std::stoi(part.substr(equals + 1)))) {
      throw std::invalid_argument("no such bound: " + part);
    }
  }
  return bounds;
}

std::vector<Guard> guards_of(std::string_view names) {
  std::vector<Guard> found;
  for (const std::string& name : parts_of(names, ',')) {
    const auto guard = guard_named(name);
    if (!guard) throw std::invalid_argument("no such guard: " + name);
    found.push_back(*guard);
  }
  return found;
}

const std::vector<Whole>& quick_explorations() {
  static const std::vector<Whole> all{
      {"proxies=2 expiries=1 deaths=1", "two proxies, a lock that expires, a proxy that dies",
       true},
      {"proxies=1 requests=2 warm=1 weak=1 expiries=1", "joining, revalidation, wrong 304s", true},
      {"proxies=1 rounds=2 warm=1 evict-log=1 evict-index=1", "losing log and index", true},
      {"proxies=1 rounds=2 warm=1 evict-nodes=1 crashes=1", "losing the nodes table", true},
      {"proxies=1 warm=1 restarts=1 expiries=1", "a restart, a failover that loses writes", true},
      {"proxies=1 warm=1 restarts=1 cluster=1", "record and log on servers of their own", true},
      {"proxies=1 rounds=2 warm=1 trims=1 crashes=1 evict-nodes=1 carry=1",
       "renewals that carry what is missing", true},
      {"proxies=1 purges=2 warm=1 trims=1", "two purges, a trimmed log", true},
      {"proxies=1 purges=1 raws=1 noise=1 warm=1", "an application's event, another's purge", true},
      {"proxies=1 purges=1 raws=1 warm=1 evict-index=1", "an event that finds the index lost",
       true},
  };
  return all;
}

const std::vector<Whole>& full_explorations() {
  static const std::vector<Whole> all{
      {"proxies=2 rounds=2", "two requests at each of two proxies", false},
      {"proxies=2 warm=1 trims=1 crashes=1", "a trimmed log, a crash", false},
      {"proxies=2 warm=1 evict-log=1 expiries=1", "the log is lost", false},
      {"proxies=2 warm=1 evict-nodes=1", "the nodes table is lost", false},
  };
  return all;
}

}  // namespace model
