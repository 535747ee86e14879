// A purge, and what is told of it when it returns (design §7).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "config/types.hpp"
#include "proxy/base/clock.hpp"
#include "proxy/cache/record.hpp"
#include "proxy/invalidation/selector.hpp"

namespace wf::invalidation {

using cache::Birth;
using cache::Sequence;
using cache::Stamp;
using config::Wait;

enum class PurgeMode : std::uint8_t {
  Hard,     ///< what matches is never served again
  Soft,     ///< what matches is stale from now on: its stale-* windows begin
  Refresh,  ///< soft; and what is in a proxy's memory is fetched again, once per fleet
};

/// In log and index a soft purge's selector stands behind this.
inline constexpr char kSoftMark = '~';
/// Selectors as log and index have them.
[[nodiscard]] std::vector<Selector> marked(std::vector<Selector> selectors, PurgeMode mode);

struct Purge {
  std::vector<Selector> selectors;
  PurgeMode mode = PurgeMode::Hard;
  Wait wait = Wait::Fleet;
};

/// One proxy of the fleet, as it stood when the purge returned.
struct NodeLag {
  enum class State : std::uint8_t {
    Applied,  ///< it has applied the purge
    Lapsed,   ///< it has lost its lease: it serves nothing that it would have to check
    Behind,   ///< it may still serve what was purged
  };
  std::string name;
  State state = State::Behind;
  Millis lag{0};  ///< how long after the purge was made it was seen in this state
};

struct Receipt {
  enum class State : std::uint8_t {
    Everywhere,  ///< every proxy has applied it
    ByLease,     ///< every proxy has applied it or has lost its lease
    TimedOut,    ///< neither within coherence_timeout: some may still serve what was purged
    Accepted,    ///< it is in the log; nobody was waited for (Wait::None)
    Pending,     ///< Redis does not answer: it is in force here, and the fleet's later
    Local,       ///< there is no Redis: this proxy is the fleet
  };
  Sequence sequence;
  State state = State::Local;
  std::vector<NodeLag> nodes;
};

[[nodiscard]] std::string_view to_string(Receipt::State state) noexcept;
[[nodiscard]] std::string_view to_string(NodeLag::State state) noexcept;

}  // namespace wf::invalidation
