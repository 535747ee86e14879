// What a step of the protocol is: a named function that changes the state, or
// cannot be taken now.
#pragma once

#include <span>
#include <string_view>

#include "tests/model/rules.hpp"
#include "tests/model/state.hpp"

namespace model {

enum class Property : Byte {
  None,
  NoOlderVersion,  ///< P1
  NoOverwrite,     ///< P2
  EverythingEnds,  ///< P3
  NoVainWait,      ///< P4
};

[[nodiscard]] std::string_view name_of(Property property);
[[nodiscard]] std::string_view text_of(Property property);

/// One attempt at a step. A step that returns false has changed nothing.
struct Move {
  State& s;
  const Rules& rules;
  std::size_t who = 0;      ///< proxy or purge
  std::size_t request = 0;  ///< of that proxy
  Property broken = Property::None;

  [[nodiscard]] Proxy& proxy() const { return s.proxies[who]; }
  [[nodiscard]] Request& asked() const { return s.proxies[who].requests[request]; }
  [[nodiscard]] Purge& purge() const { return s.purges[who]; }
  [[nodiscard]] bool has(Guard guard) const { return rules.has(guard); }
  [[nodiscard]] std::span<Proxy> proxies() const {
    return {s.proxies.data(), static_cast<std::size_t>(rules.bounds().proxies)};
  }
  [[nodiscard]] std::span<Request> requests() const {
    return {proxy().requests.data(), static_cast<std::size_t>(rules.bounds().requests)};
  }
  /// Notes the first property that does not hold.
  void demand(bool holds, Property property) {
    if (!holds && broken == Property::None) broken = property;
  }
};

enum class Actor : Byte { Fleet, Purge, Proxy, Request };

/// Progress must not rest on faults.
enum class Kind : Byte { Protocol, Fault };

struct Step {
  std::string_view name;
  Actor actor;
  Kind kind;
  bool (*take)(Move&);
  std::string_view says;  ///< the sentence of the protocol
};

[[nodiscard]] std::span<const Step> steps_of_purging();
[[nodiscard]] std::span<const Step> steps_of_following();
[[nodiscard]] std::span<const Step> steps_of_leases();
[[nodiscard]] std::span<const Step> steps_of_serving();
[[nodiscard]] std::span<const Step> steps_of_filling();
[[nodiscard]] std::span<const Step> steps_of_faults();
/// All of the above.
[[nodiscard]] std::span<const std::span<const Step>> all_steps();

/// Log, index and nodes are there, agree, and were made by this Redis.
[[nodiscard]] bool intact(const Move& m);

/// The rule of validity: its birth is the proxy's, and no purge above its as_of
/// matches.
[[nodiscard]] bool valid(const Move& m, const Proxy& proxy, Stamp as_of);

/// It leads a fill that is not yet answered.
[[nodiscard]] bool leads(const Request& request);

/// Answered, or stored what it had answered: its place is free again. Tokens
/// are unique to a fill, so one that is left in Redis, or in its copy, is
/// nobody's from now on.
void end_request(Request& request);

/// 1 + value; a byte is plenty.
[[nodiscard]] constexpr Byte next(Byte value) { return static_cast<Byte>(value + 1); }
[[nodiscard]] constexpr Byte bit(std::size_t n) { return static_cast<Byte>(1U << n); }

}  // namespace model
