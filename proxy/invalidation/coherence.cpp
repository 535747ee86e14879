#include "proxy/invalidation/coherence.hpp"

#include <algorithm>

namespace wf::invalidation {

namespace {

using State = NodeLag::State;

const Node* find(const FleetReply& reply, const std::string& name) noexcept {
  for (const Node& node : reply.nodes) {
    if (node.name == name) return &node;
  }
  return nullptr;
}

}  // namespace

Coherence::Coherence(const FleetReply& reply, TimePoint made)
    : purge_{reply.birth, reply.sequence},
      made_(made),
      quiet_(reply.quiet > Millis{0} ? made + reply.quiet : TimePoint::min()),
      nodes_lost_(reply.quiet > Millis{0}) {
  for (const Node& node : reply.nodes) {
    nodes_.push_back({{node.name, State::Behind, Millis{0}}, made + node.lease});
    if (node.left == Millis{0}) settle(nodes_.back(), State::Lapsed, made);
  }
}

void Coherence::settle(Watched& node, State state, TimePoint now) {
  if (node.lag.state != State::Behind) return;
  node.lag.state = state;
  node.lag.lag = std::chrono::ceil<Millis>(now - made_);
}

void Coherence::applied(const std::string& name, TimePoint now) {
  for (Watched& node : nodes_) {
    if (node.lag.name == name) settle(node, State::Applied, now);
  }
}

void Coherence::look(const FleetReply& reply, TimePoint now) {
  // A birth that came after the purge: whoever has adopted it holds everything older for invalid.
  const bool reborn = reply.birth != purge_.birth;
  if (reply.quiet > Millis{0}) {
    nodes_lost_ = true;
    quiet_ = std::max(quiet_, now + reply.quiet);
  }
  for (Watched& watched : nodes_) {
    const Node* node = find(reply, watched.lag.name);
    if (node == nullptr) {
      // It has left in order; where the table itself was lost, that says nothing of it.
      if (!nodes_lost_) settle(watched, State::Lapsed, now);
      continue;
    }
    const bool same = node->applied.birth == reply.birth;
    if (same && (reborn || node->applied.sequence >= purge_.sequence)) {
      settle(watched, State::Applied, now);
    } else if (node->left == Millis{0}) {
      settle(watched, State::Lapsed, now);
    }
  }
}

void Coherence::pass_time(TimePoint now) {
  for (Watched& node : nodes_) {
    if (now >= node.ends) settle(node, State::Lapsed, now);
  }
  if (now >= quiet_) quiet_ = TimePoint::min();
}

bool Coherence::settled() const noexcept {
  return quiet_ == TimePoint::min() &&
         std::none_of(nodes_.begin(), nodes_.end(),
                      [](const Watched& node) { return node.lag.state == State::Behind; });
}

Coherence::TimePoint Coherence::next_change() const noexcept {
  TimePoint next = quiet_ == TimePoint::min() ? TimePoint::max() : quiet_;
  for (const Watched& node : nodes_) {
    if (node.lag.state == State::Behind) next = std::min(next, node.ends);
  }
  return next;
}

std::vector<std::string> Coherence::behind() const {
  std::vector<std::string> names;
  for (const Watched& node : nodes_) {
    if (node.lag.state == State::Behind) names.push_back(node.lag.name);
  }
  return names;
}

Receipt Coherence::receipt(TimePoint now) const {
  Receipt receipt;
  receipt.sequence = purge_.sequence;
  bool lapsed = nodes_lost_;
  for (const Watched& node : nodes_) {
    receipt.nodes.push_back(node.lag);
    if (node.lag.state == State::Behind) {
      receipt.nodes.back().lag = std::chrono::ceil<Millis>(now - made_);
    }
    lapsed = lapsed || node.lag.state == State::Lapsed;
  }
  receipt.state = lapsed ? Receipt::State::ByLease : Receipt::State::Everywhere;
  if (!settled()) receipt.state = Receipt::State::TimedOut;
  return receipt;
}

}  // namespace wf::invalidation
