#include "proxy/upstream/idle_list.hpp"

#include <algorithm>
#include <new>

namespace wf::upstream {

namespace {

/// How many are looked at for one that was seen quiet, before the last one is good enough.
constexpr std::ptrdiff_t kMostLookedAt = 16;

}  // namespace

IdleList::Shelf* IdleList::find(const Endpoint& address) {
  const auto at = std::find_if(shelves_.begin(), shelves_.end(),
                               [&](const Shelf& s) { return s.address == address; });
  return at != shelves_.end() ? &*at : nullptr;
}

IdleList::Shelf* IdleList::make_place(const Endpoint& address) noexcept {
  try {
    Shelf* const known = find(address);
    Shelf& home = known != nullptr ? *known : shelves_.emplace_back(Shelf{address, {}});
    if (home.entries.size() == home.entries.capacity()) {
      home.entries.reserve(std::max<std::size_t>(home.entries.size() * 2, 8));
    }
    return &home;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

Connection IdleList::take(Shelf& shelf, Entries::iterator entry) {
  Connection connection = std::move(entry->connection);
  shelf.entries.erase(entry);
  --size_;
  return connection;
}

void IdleList::put(Connection connection, TimePoint now) noexcept {
  if (limits_.per_address == 0) return;
  Shelf* const home = make_place(connection.address);
  if (home == nullptr) return;
  if (std::cmp_greater_equal(home->entries.size(), limits_.per_address)) {
    static_cast<void>(take(*home, home->entries.begin()));
  }
  connection.stream->rest();
  home->entries.push_back(Entry{std::move(connection), now});
  ++size_;
}

std::optional<Connection> IdleList::take(const Endpoint& address, TimePoint now) {
  drop_expired(now);
  Shelf* const home = find(address);
  if (home == nullptr || home->entries.empty()) return std::nullopt;
  const auto last = home->entries.rbegin();
  const auto stop = last + std::min<std::ptrdiff_t>(kMostLookedAt, std::ssize(home->entries));
  const auto quiet =
      std::find_if(last, stop, [](const Entry& e) { return e.connection.stream->seen_quiet(); });
  return take(*home, std::prev((quiet == stop ? last : quiet).base()));
}

std::optional<Connection> IdleList::take_any(TimePoint now) {
  drop_expired(now);
  if (size_ == 0) return std::nullopt;
  const auto newest = [](const Shelf& shelf) {
    return shelf.entries.empty() ? TimePoint::min() : shelf.entries.back().since;
  };
  Shelf& home =
      *std::max_element(shelves_.begin(), shelves_.end(),
                        [&](const Shelf& a, const Shelf& b) { return newest(a) < newest(b); });
  return take(home, std::prev(home.entries.end()));
}

void IdleList::drop_expired(TimePoint now) {
  for (Shelf& shelf : shelves_) {
    const auto live = std::find_if(shelf.entries.begin(), shelf.entries.end(),
                                   [&](const Entry& e) { return now - e.since < limits_.timeout; });
    size_ -= static_cast<std::size_t>(live - shelf.entries.begin());
    shelf.entries.erase(shelf.entries.begin(), live);
  }
}

void IdleList::drop_unknown(const Balancer& balancer) {
  drop_if([&](const Entry& e) { return !balancer.knows(e.connection.address); });
  std::erase_if(shelves_, [&](const Shelf& s) { return !balancer.knows(s.address); });
}

bool IdleList::drop_oldest() {
  if (size_ == 0) return false;
  const auto oldest = [](const Shelf& shelf) {
    return shelf.entries.empty() ? TimePoint::max() : shelf.entries.front().since;
  };
  Shelf& home =
      *std::min_element(shelves_.begin(), shelves_.end(),
                        [&](const Shelf& a, const Shelf& b) { return oldest(a) < oldest(b); });
  static_cast<void>(take(home, home.entries.begin()));
  return true;
}

void IdleList::clear() noexcept {
  shelves_.clear();
  size_ = 0;
}

}  // namespace wf::upstream
