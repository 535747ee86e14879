// What one worker counts. No lock and no shared cache line: a hit pays two stores.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

#include "proxy/base/clock.hpp"
#include "proxy/policy/outcome.hpp"

namespace wf::observe {

/// Written by one thread, read by any.
class Count {
 public:
  void add(std::uint64_t more = 1) noexcept {
    value_.store(get() + more, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t get() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Upper bounds in microseconds; the last bucket has none.
inline constexpr std::array<std::int64_t, 15> kDurationBounds{
    100,    250,     500,     1'000,   2'500,     5'000,     10'000,    25'000,
    50'000, 100'000, 250'000, 500'000, 1'000'000, 5'000'000, 30'000'000};

struct Histogram {
  std::array<Count, kDurationBounds.size() + 1> buckets;  ///< not cumulative
  Count sum;                                              ///< microseconds
  void add(Micros duration) noexcept;
};

inline constexpr std::size_t kOutcomes =
    static_cast<std::size_t>(policy::Outcome::InternalError) + 1;
/// More than there are rules in message/refusal, whose order the places follow.
inline constexpr std::size_t kMostRules = 32;

/// One worker's. Used on its thread, read on any.
class Tally {
 public:
  /// On cache lines of their own, whatever another worker's lie beside.
  struct alignas(64) Outcomes : std::array<Count, kOutcomes> {};

  explicit Tally(std::size_t routes) : by_route_(routes + 1) {}

  /// `route`: its place in the configuration; any other number: none matched.
  void exchange(std::size_t route, policy::Outcome outcome, Micros duration) noexcept;
  void refusal(std::size_t rule) noexcept { refusals_[rule % kMostRules].add(); }

  /// The last place is that of requests without a route.
  [[nodiscard]] const std::vector<Outcomes>& by_route() const noexcept { return by_route_; }
  [[nodiscard]] const std::array<Count, kMostRules>& refusals() const noexcept { return refusals_; }
  [[nodiscard]] const Histogram& hits() const noexcept { return hits_; }
  [[nodiscard]] const Histogram& others() const noexcept { return others_; }

  Count origin_requests;  ///< exchanges begun with an origin
  Count fills;            ///< begun
  Count purges;           ///< by unsafe methods
  Count refetches;        ///< fills begun by a purge of mode `refresh`
  Count missing_values;   ///< templates that produced nothing
  Count unstorable_tags;  ///< answers not stored because of their tags

  Count connections_begun;  ///< of clients that were let in
  Count connections_ended;
  Count over_connection_limit;  ///< closed as they came: limits.connections
  Count over_address_limit;     ///< the same: limits.per_address.connections
  Count bad_introductions;      ///< closed for want of a sound PROXY header
  Count closed_after_refusal;   ///< with a refused request (F14)
  Count refused_bytes;          ///< what was thrown away of it, and of what came behind it
  Count slow_requests;          ///< heads and bodies that were ended with 408
  Count slow_readers;           ///< connections cut while an answer was sent

  Count exchanges_given_up;  ///< for want of memory
  Count tasks_given_up;      ///< the same, of what runs beside exchanges

 private:
  std::vector<Outcomes> by_route_;
  std::array<Count, kMostRules> refusals_;
  Histogram hits_;
  Histogram others_;
};

}  // namespace wf::observe
