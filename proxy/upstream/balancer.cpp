#include "proxy/upstream/balancer.hpp"

#include <algorithm>

namespace wf::upstream {

namespace {

bool is_left_out(const std::optional<TimePoint>& until, TimePoint now) {
  return until.has_value() && *until > now;
}

}  // namespace

void Balancer::replace(const std::vector<Endpoint>& addresses) {
  std::vector<Member> members;
  members.reserve(addresses.size());
  for (const Endpoint& address : addresses) {
    const bool twice = std::any_of(members.begin(), members.end(),
                                   [&](const Member& m) { return m.address == address; });
    if (twice) continue;
    const Member* known = find(address);
    members.push_back(known != nullptr ? *known : Member{address, {}, {}});
  }
  members_ = std::move(members);
  if (turn_ >= members_.size()) turn_ = 0;
}

Balancer::Member* Balancer::find(const Endpoint& address) noexcept {
  const auto it = std::find_if(members_.begin(), members_.end(),
                               [&](const Member& m) { return m.address == address; });
  return it == members_.end() ? nullptr : &*it;
}

bool Balancer::knows(const Endpoint& address) const noexcept {
  return std::any_of(members_.begin(), members_.end(),
                     [&](const Member& m) { return m.address == address; });
}

Balancer::Member& Balancer::after_turn(std::size_t offset) noexcept {
  return members_[(turn_ + offset) % members_.size()];
}

std::optional<Endpoint> Balancer::next(TimePoint now) {
  const std::optional<Endpoint> fit = pick(now, Eligible::NotLeftOut);
  return fit ? fit : pick(now, Eligible::All);
}

std::optional<Endpoint> Balancer::pick(TimePoint now, Eligible eligible) {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    Member& member = after_turn(i);
    if (eligible == Eligible::NotLeftOut && is_left_out(member.left_out_until, now)) continue;
    if (member.left_out_until) {
      if (now - member.probed_at < kProbeInterval) continue;
      member.probed_at = now;
    }
    turn_ = (turn_ + i + 1) % members_.size();
    return member.address;
  }
  return std::nullopt;
}

std::optional<Endpoint> Balancer::next_after(const Endpoint& failed, TimePoint now) {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const Member& member = after_turn(i);
    if (member.address == failed || is_left_out(member.left_out_until, now)) continue;
    turn_ = (turn_ + i + 1) % members_.size();
    return member.address;
  }
  return std::nullopt;
}

void Balancer::failed(const Endpoint& address, TimePoint now) {
  Member* member = find(address);
  if (member == nullptr) return;
  member->left_out_until = now + fail_timeout_;
  member->probed_at = now;
}

void Balancer::succeeded(const Endpoint& address) {
  Member* member = find(address);
  if (member != nullptr) member->left_out_until.reset();
}

}  // namespace wf::upstream
