#include "proxy/upstream/idle_list.hpp"

#include <algorithm>
#include <new>

namespace wf::upstream {

void IdleList::put(Connection connection, TimePoint now) noexcept {
  if (limits_.per_address == 0) return;
  if (entries_.size() == entries_.capacity() && !make_place()) return;
  const auto same = [&](const Entry& e) { return e.connection.address == connection.address; };
  const auto held = std::count_if(entries_.begin(), entries_.end(), same);
  if (std::cmp_greater_equal(held, limits_.per_address)) {
    entries_.erase(std::find_if(entries_.begin(), entries_.end(), same));
  }
  entries_.push_back(Entry{std::move(connection), now});
}

bool IdleList::make_place() noexcept {
  try {
    entries_.reserve(std::max<std::size_t>(entries_.size() * 2, 8));
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

std::optional<Connection> IdleList::take(const Endpoint& address, TimePoint now) {
  drop_expired(now);
  const auto last = std::find_if(entries_.rbegin(), entries_.rend(),
                                 [&](const Entry& e) { return e.connection.address == address; });
  if (last == entries_.rend()) return std::nullopt;
  Connection connection = std::move(last->connection);
  entries_.erase(std::next(last).base());
  return connection;
}

std::optional<Connection> IdleList::take_any(TimePoint now) {
  drop_expired(now);
  if (entries_.empty()) return std::nullopt;
  Connection connection = std::move(entries_.back().connection);
  entries_.pop_back();
  return connection;
}

void IdleList::drop_expired(TimePoint now) {
  const auto live = std::find_if(entries_.begin(), entries_.end(),
                                 [&](const Entry& e) { return now - e.since < limits_.timeout; });
  entries_.erase(entries_.begin(), live);
}

void IdleList::drop_unknown(const Balancer& balancer) {
  std::erase_if(entries_, [&](const Entry& e) { return !balancer.knows(e.connection.address); });
}

bool IdleList::drop_oldest() {
  if (entries_.empty()) return false;
  entries_.erase(entries_.begin());
  return true;
}

}  // namespace wf::upstream
