#include "proxy/invalidation/purge_index.hpp"

#include <algorithm>
#include <utility>

#include <boost/container/small_vector.hpp>

#include "proxy/policy/key.hpp"

#define XXH_INLINE_ALL  // as proxy/cache does: the short inputs here are the library's fast path
#include <xxhash.h>

namespace wf::invalidation {

namespace {

constexpr std::uint64_t kSoftSalt = 0x9e3779b97f4a7c15U;
/// The seed of groups of patterns; those of selectors are their kinds.
constexpr std::uint64_t kGroupSeed = 100;

/// "host path?query", which all names of a place are beginnings of.
using Place = boost::container::small_vector<char, 512>;

void append(Place& place, std::string_view text) {
  place.insert(place.end(), text.begin(), text.end());
}

Place place_of(const policy::KeyParts& parts) {
  Place place;
  append(place, parts.host);
  append(place, " ");
  append(place, parts.path);
  if (parts.has_query) {
    append(place, "?");
    append(place, parts.query);
  }
  return place;
}

std::uint8_t depth_of(std::string_view prefix) noexcept {
  if (prefix == "/") return 0;
  return static_cast<std::uint8_t>(std::count(prefix.begin(), prefix.end(), '/'));
}

/// The path prefix that a glob begins with: up to the last '/' before its first '*'.
std::string_view prefix_of(std::string_view glob) noexcept {
  const std::string_view literal = glob.substr(0, glob.find_first_of("*?"));
  const std::size_t slash = literal.rfind('/');
  return slash == std::string_view::npos || slash == 0 ? "/" : literal.substr(0, slash);
}

/// A sequence begins with the time at which its purge was made.
UnixTime time_of(const Sequence& sequence) noexcept {
  constexpr auto kMost = static_cast<std::uint64_t>(UnixTime::max().time_since_epoch().count());
  return UnixTime{Millis{static_cast<std::int64_t>(std::min(sequence.ms, kMost))}};
}

}  // namespace

PurgeIndex::Hash PurgeIndex::hash(SelectorKind kind, std::string_view rest) noexcept {
  const XXH128_hash_t h =
      XXH3_128bits_withSeed(rest.data(), rest.size(), static_cast<std::uint64_t>(kind));
  return {h.high64, h.low64};
}

PurgeIndex::Hash PurgeIndex::softened(Hash base, bool soft) noexcept {
  if (soft) base.low ^= kSoftSalt;
  return base;
}

std::optional<PurgeIndex::Named> PurgeIndex::take_apart(std::string_view selector) noexcept {
  const bool soft = selector.starts_with(kSoftMark);
  if (soft) selector.remove_prefix(1);
  const auto kind = kind_of(selector);
  if (!kind) return std::nullopt;
  return Named{*kind, soft, selector.substr(2)};
}

PurgeIndex::Slot& PurgeIndex::slot_of(const Named& named) {
  const Hash base = hash(named.kind, named.rest);
  const auto found = entries_.find(softened(base, named.soft));
  if (found != entries_.end()) return *found;
  const std::size_t blank = named.rest.find(' ');
  if (named.kind != SelectorKind::Pattern || patterns_.contains(base) ||
      patterns_.size() < kMaxPatterns || blank == std::string_view::npos) {
    return new_slot(named, base);
  }
  const std::string wider =
      std::string{named.rest.substr(0, blank + 1)}.append(prefix_of(named.rest.substr(blank + 1)));
  return slot_of({SelectorKind::Prefix, named.soft, wider});
}

PurgeIndex::Slot& PurgeIndex::new_slot(const Named& named, Hash base) {
  Entry entry;
  entry.kind = named.kind;
  entry.soft = named.soft;
  const std::size_t blank = std::min(named.rest.find(' '), named.rest.size() - 1);
  if (named.kind == SelectorKind::Prefix) entry.depth = depth_of(named.rest.substr(blank + 1));
  if (named.kind == SelectorKind::Pattern) add_pattern(named.rest, base);
  count_in(entry);
  return *entries_.emplace(softened(base, named.soft), entry).first;
}

void PurgeIndex::count_in(const Entry& entry) noexcept {
  ++kinds_[static_cast<std::size_t>(entry.kind)];
  if (entry.soft) ++soft_;
  if (entry.kind == SelectorKind::Prefix && entry.depth < depths_.size()) ++depths_[entry.depth];
}

void PurgeIndex::add_pattern(std::string_view rest, Hash base) {
  Pattern& pattern = patterns_[base];
  if (pattern.entries++ != 0) return;
  const std::size_t blank = std::min(rest.find(' '), rest.size() - 1);
  pattern.glob = rest.substr(blank + 1);
  pattern.literal = std::min(pattern.glob.find('*'), pattern.glob.size());
  const std::string_view beginning = rest.substr(0, blank + 1 + pattern.literal);
  const XXH128_hash_t h = XXH3_128bits_withSeed(beginning.data(), beginning.size(), kGroupSeed);
  pattern.group = {h.high64, h.low64};
  list_pattern(pattern, base);
}

void PurgeIndex::list_pattern(const Pattern& pattern, Hash base) {
  groups_[pattern.group].push_back(base);
  ++literals_[pattern.literal];
}

void PurgeIndex::keep_pending_of(const PurgeIndex& other) {
  if (other.pending_ == 0) return;
  for (const auto& [key, entry] : other.entries_) {
    if (!entry.pending) continue;
    Entry kept = entry;
    kept.newest = {};
    kept.aged = false;
    const auto [place, is_new] = entries_.emplace(key, kept);
    place->second.pending = true;
    ++pending_;  // an index that is handed over has none of its own
    if (!is_new) continue;
    count_in(kept);
    if (kept.kind != SelectorKind::Pattern) continue;
    const Hash base = softened(key, kept.soft);
    Pattern& pattern = patterns_[base];
    if (pattern.entries++ != 0) continue;
    pattern = other.patterns_.find(base)->second;
    pattern.entries = 1;
    list_pattern(pattern, base);
  }
}

void PurgeIndex::drop(Hash key) {
  const auto found = entries_.find(key);
  const Entry& entry = found->second;
  --kinds_[static_cast<std::size_t>(entry.kind)];
  if (entry.soft) --soft_;
  if (entry.kind == SelectorKind::Prefix && entry.depth < depths_.size()) --depths_[entry.depth];
  if (entry.kind == SelectorKind::Pattern) drop_pattern(softened(key, entry.soft));
  entries_.erase(found);
}

void PurgeIndex::drop_pattern(Hash base) {
  const auto found = patterns_.find(base);
  Pattern& pattern = found->second;
  if (--pattern.entries != 0) return;
  const auto group = groups_.find(pattern.group);
  std::erase(group->second, base);
  if (group->second.empty()) groups_.erase(group);
  const auto length = literals_.find(pattern.literal);
  if (--length->second == 0) literals_.erase(length);
  patterns_.erase(found);
}

void PurgeIndex::record(Sequence sequence, std::string_view selector) {
  const auto named = take_apart(selector);
  if (!named) return;
  auto& [key, entry] = slot_of(*named);
  // The echo of a purge of ours is no other purge; one that overtook it counts twice.
  if (sequence != entry.newest) ++entry.count;
  entry.newest = std::max(entry.newest, sequence);
  // One place in the queue, however often a selector is purged.
  if (!std::exchange(entry.aged, true)) by_age_.push_back({key, sequence});
}

void PurgeIndex::set_pending(std::string_view selector, bool pending) {
  const auto named = take_apart(selector);
  if (!named) return;
  auto& [key, entry] = slot_of(*named);
  const bool before = std::exchange(entry.pending, pending);
  if (pending && !before) ++pending_;
  if (!pending && before) --pending_;
  if (!pending && !entry.aged) drop(key);
}

Sequence PurgeIndex::forget_old(Sequence newest) {
  const auto window = static_cast<std::uint64_t>(window_.count());
  Sequence given_up;
  while (!by_age_.empty()) {
    const Aged oldest = by_age_.front();
    const bool too_old = newest.ms > window && oldest.sequence.ms < newest.ms - window;
    if (!too_old && entries_.size() <= max_entries_) break;
    by_age_.pop_front();
    Entry& entry = entries_.find(oldest.selector)->second;
    if (entry.newest > oldest.sequence) {
      // Purged again since: its turn comes later.
      by_age_.push_back({oldest.selector, entry.newest});
      continue;
    }
    if (!too_old) given_up = std::max(given_up, oldest.sequence);
    entry.aged = false;
    if (!entry.pending) drop(oldest.selector);
  }
  return given_up;
}

template <class Visit>
bool PurgeIndex::any_prefix(std::string_view place, std::size_t host, std::size_t end,
                            const Visit& visit) const {
  if (end <= host + 1 || place[host + 1] != '/') return false;
  const auto look = [&](std::size_t depth, std::size_t length) {
    return depths_[depth] != 0 && visit(hash(SelectorKind::Prefix, place.substr(0, length)));
  };
  if (look(0, host + 2)) return true;
  std::size_t at = host + 1;
  for (std::size_t depth = 1; depth < depths_.size() && at < end; ++depth) {
    at = std::min(place.find('/', at + 1), end);
    if (look(depth, at)) return true;
  }
  return false;
}

template <class Visit>
bool PurgeIndex::any_pattern(std::string_view place, std::size_t host, const Visit& visit) const {
  const std::string_view text = place.substr(host + 1);
  for (const auto& [length, patterns] : literals_) {
    if (length > text.size()) break;
    const XXH128_hash_t h = XXH3_128bits_withSeed(place.data(), host + 1 + length, kGroupSeed);
    const auto group = groups_.find({h.high64, h.low64});
    if (group == groups_.end()) continue;
    for (const Hash& base : group->second) {
      if (glob_matches(patterns_.find(base)->second.glob, text) && visit(base)) return true;
    }
  }
  return false;
}

template <class Visit>
void PurgeIndex::each_name(const Subject& subject, const Visit& visit) const {
  const auto decoded = policy::decode_key(subject.key);
  // A key that we did not make matches nothing; it cannot be found by a request either.
  if (!decoded) return;
  const policy::KeyParts& parts = decoded->parts;
  const Place buffer = place_of(parts);
  const std::string_view place{buffer.data(), buffer.size()};
  const std::size_t host = parts.host.size();
  const std::size_t end = host + 1 + parts.path.size();
  if (used(SelectorKind::Uri) && visit(hash(SelectorKind::Uri, place))) return;
  if (used(SelectorKind::Path) && visit(hash(SelectorKind::Path, place.substr(0, end)))) return;
  if (used(SelectorKind::Namespace) && (visit(hash(SelectorKind::Namespace, parts.name_space)) ||
                                        visit(hash(SelectorKind::Namespace, "*")))) {
    return;
  }
  if (used(SelectorKind::Tag)) {
    for (const std::string& tag : subject.tags) {
      if (visit(hash(SelectorKind::Tag, tag))) return;
    }
  }
  if (used(SelectorKind::Prefix) && any_prefix(place, host, end, visit)) return;
  if (used(SelectorKind::Pattern)) any_pattern(place, host, visit);
}

Verdict PurgeIndex::verdict(const Subject& subject, Sequence as_of) const {
  Verdict verdict = Verdict::Valid;
  if (entries_.empty()) return verdict;
  const auto newer = [&](Hash key) {
    const auto found = entries_.find(key);
    return found != entries_.end() && (found->second.pending || found->second.newest > as_of);
  };
  const auto look = [&](Hash base) {
    if (newer(base)) verdict = Verdict::Invalid;
    if (verdict == Verdict::Valid && soft_ != 0 && newer(softened(base, true))) {
      verdict = Verdict::Stale;
    }
    return verdict == Verdict::Invalid;
  };
  each_name(subject, look);
  return verdict;
}

UnixTime PurgeIndex::soft_since(const Subject& subject, Sequence as_of) const {
  UnixTime since{};
  each_name(subject, [&](Hash base) {
    const auto found = entries_.find(softened(base, true));
    if (found == entries_.end()) return false;
    const Entry& entry = found->second;
    if (entry.pending) since = UnixTime::max();
    if (entry.newest > as_of) since = std::max(since, time_of(entry.newest));
    return false;
  });
  return since;
}

std::uint64_t PurgeIndex::count(const Subject& subject) const {
  std::uint64_t count = 0;
  const auto add = [&](Hash base) {
    for (const bool soft : {false, true}) {
      const auto found = entries_.find(softened(base, soft));
      if (found != entries_.end()) count += found->second.count + (found->second.pending ? 1 : 0);
    }
    return false;
  };
  each_name(subject, add);
  return count;
}

}  // namespace wf::invalidation
