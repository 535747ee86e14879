#include "tests/model/explore.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "tests/model/frontier.hpp"
#include "tests/model/graph.hpp"

namespace model {

namespace {

/// Proxies are alike: states that differ in their names only are one.
std::uint64_t canonical_hash(const State& state, const Bounds& bounds) {
  std::array<std::uint64_t, kMaxProxies + 1> hashes{};
  const auto count = static_cast<std::size_t>(bounds.proxies);
  for (std::size_t i = 0; i < count; ++i) {
    hashes[i] = XXH3_64bits(&state.proxies[i], sizeof(Proxy));
  }
  std::sort(hashes.begin(), hashes.begin() + bounds.proxies);
  hashes[count] = XXH3_64bits(&state, offsetof(State, proxies));
  return XXH3_64bits(hashes.data(), (count + 1) * sizeof hashes[0]);
}

bool all_ended(const State& state) {
  for (const Purge& purge : state.purges) {
    if (purge.phase != Purging::Idle && purge.phase != Purging::Ended) return false;
  }
  for (const Proxy& proxy : state.proxies) {
    for (const Request& request : proxy.requests) {
      if (request.phase != Phase::Idle) return false;
    }
  }
  return true;
}

/// Calls `visit(step, move, number)` for every step that can be taken from
/// `state`; the move's state is the one it leads to, `number` counts all steps.
/// Stops when `visit` returns false.
template <class Visit>
void for_each_step(const State& state, const Rules& rules, Visit&& visit) {
  const Bounds& bounds = rules.bounds();
  State next_state = state;
  unsigned number = 0;
  const auto attempt = [&](const Step& step, std::size_t who, std::size_t request) {
    Move move{next_state, rules, who, request};
    if (!step.take(move)) return true;
    const bool goes_on = visit(step, move, number);
    next_state = state;
    return goes_on;
  };
  const auto counts = [&](Actor actor) -> std::pair<int, int> {
    switch (actor) {
      case Actor::Fleet:
        return {1, 1};
      case Actor::Purge:
        return {bounds.purges + bounds.raws + bounds.noise, 1};
      case Actor::Proxy:
        return {bounds.proxies, 1};
      case Actor::Request:
        return {bounds.proxies, bounds.requests};
    }
    return {0, 0};
  };
  for (const auto steps : all_steps()) {
    for (const Step& step : steps) {
      const auto [actors, requests] = counts(step.actor);
      for (int who = 0; who < actors; ++who) {
        for (int request = 0; request < requests; ++request) {
          if (!attempt(step, static_cast<std::size_t>(who), static_cast<std::size_t>(request))) {
            return;
          }
        }
      }
      ++number;
    }
  }
}

class Exploration {
 public:
  explicit Exploration(const Order& order) : order_(order), rules_(order.rules) {}

  Findings run() {
    const State first = first_state(rules_);
    visited_.insert(hash_of(first), 0);
    frontier_.push(first);
    while (!frontier_.empty() && !stopped_) {
      next_.clear();
      frontier_.for_each([this](const State& state) {
        expand(state);
        return !stopped_;
      });
      frontier_.swap(next_);
      ++found_.depth;
    }
    found_.complete = !stopped_;
    if (found_.complete && order_.progress) ask_for_progress();
    found_.states = visited_.size();
    return found_;
  }

 private:
  using Index = Visited::Index;

  [[nodiscard]] std::uint64_t hash_of(const State& state) const {
    return canonical_hash(state, rules_.bounds());
  }

  void expand(const State& state) {
    const Index from = expanded_++;
    if (order_.progress) edges_.begin_state(all_ended(state));
    for_each_step(state, rules_, [&](const Step& step, const Move& move, unsigned number) {
      ++found_.steps;
      found_.taken |= std::uint64_t{1} << number;
      if (move.broken != Property::None) {
        violated(from, step, move);
        return false;
      }
      const auto [index, is_new] = visited_.insert(hash_of(move.s), from);
      if (is_new) next_.push(move.s);
      if (order_.progress && step.kind == Kind::Protocol) edges_.add(index);
      return true;
    });
    if (visited_.size() > order_.most_states) stopped_ = true;
  }

  void violated(Index from, const Step& step, const Move& move) {
    stopped_ = true;
    found_.broken = move.broken;
    found_.trace = path_to(from);
    // The path has its own names for the proxies: take the same step again,
    // whoever takes it.
    const State last = found_.trace.empty() ? first_state(rules_) : found_.trace.back().after;
    for_each_step(last, rules_, [&](const Step& again, const Move& m, unsigned) {
      if (again.name != step.name || m.broken != move.broken) return true;
      found_.trace.push_back({&again, m.who, m.request, m.s});
      return false;
    });
  }

  /// Steps that lead to a state, found again by their hashes.
  [[nodiscard]] std::vector<Taken> path_to(Index index) const {
    std::vector<std::uint64_t> hashes;
    for (; index != 0; index = visited_.parent(index)) hashes.push_back(visited_.hash(index));
    std::vector<Taken> path;
    State state = first_state(rules_);
    for (; !hashes.empty(); hashes.pop_back()) {
      for_each_step(state, rules_, [&](const Step& step, const Move& move, unsigned) {
        if (move.broken != Property::None || hash_of(move.s) != hashes.back()) return true;
        path.push_back({&step, move.who, move.request, move.s});
        return false;
      });
      state = path.back().after;
    }
    return path;
  }

  void ask_for_progress() {
    const std::size_t stuck = edges_.first_stuck();
    if (stuck == edges_.size()) return;
    found_.broken = Property::EverythingEnds;
    found_.trace = path_to(static_cast<Index>(stuck));
  }

  const Order& order_;
  const Rules& rules_;
  Visited visited_;
  Edges edges_;
  Frontier frontier_;
  Frontier next_;
  Index expanded_ = 0;
  bool stopped_ = false;
  Findings found_;
};

}  // namespace

State first_state(const Rules& rules) {
  const Bounds& bounds = rules.bounds();
  State state;
  state.births = 1;
  const auto byte = [](int value) { return static_cast<Byte>(value); };
  state.budget = {.evict_log = byte(bounds.evict_log),
                  .evict_index = byte(bounds.evict_index),
                  .evict_nodes = byte(bounds.evict_nodes),
                  .evict_record = byte(bounds.evict_record),
                  .trims = byte(bounds.trims),
                  .expiries = byte(bounds.expiries),
                  .saves = byte(bounds.restarts > 0 ? 1 : 0),
                  .restarts = byte(bounds.restarts),
                  .crashes = byte(bounds.crashes),
                  .deaths = byte(bounds.deaths)};
  state.log.birth = state.log.server = 1;
  state.log.has_log = state.log.has_index = state.log.has_nodes = state.log.members_known = 1;
  const Stamp start{1, 0};
  if (bounds.warm) state.slot.record = {1, start};
  for (int i = 0; i < bounds.proxies; ++i) {
    Proxy& proxy = state.proxies[static_cast<std::size_t>(i)];
    proxy.up = proxy.server = proxy.lease = proxy.lease_birth = 1;
    proxy.position = start;
    proxy.node = {1, start};
    if (bounds.warm) proxy.l1 = {1, start};
  }
  return state;
}

Findings explore(const Order& order) { return Exploration{order}.run(); }

}  // namespace model
