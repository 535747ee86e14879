// Every selector that was purged, and when: the data structure of the purge table, without locks.
//
// One hash per selector, and one look-up for each name that a response can be purged by: URI, path,
// route, everything, each tag, each prefix depth in use, each length of a pattern's literal
// beginning in use. Kinds of which nothing was purged are not looked up at all, so that the cost
// depends on the response and not on how much was purged.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proxy/invalidation/purge.hpp"

namespace wf::invalidation {

/// What purges are matched against: a response's canonical key and its tags.
struct Subject {
  std::string_view key;
  std::span<const std::string> tags{};
};

/// What became of a stored response by purges.
enum class Verdict : std::uint8_t {
  Valid,
  Stale,    ///< by a soft purge: may be revalidated, and served where the origin fails
  Invalid,  ///< never to be served again
};

class PurgeIndex {
 public:
  /// More patterns than that are not kept: what comes then counts as a purge of the path prefix
  /// that it begins with, which matches more.
  static constexpr std::size_t kMaxPatterns = 1000;

  PurgeIndex(Millis window, std::size_t max_entries) : window_(window), max_entries_(max_entries) {}

  /// A selector, marked if it is soft; what is no selector is passed over. The newest sequence of
  /// each counts, in whatever order they come.
  void record(Sequence sequence, std::string_view selector);
  /// In force, but in no log yet: newer than everything.
  void set_pending(std::string_view selector, bool pending);
  /// Forgets what is older than the window, counted back from `newest`, and above the most entries
  /// the oldest. Returns the newest sequence that was given up for want of room.
  Sequence forget_old(Sequence newest);

  /// By purges newer than `as_of`.
  [[nodiscard]] Verdict verdict(const Subject& subject, Sequence as_of) const;
  /// When the newest soft purge after `as_of` was made; what is pending, just now. Of a subject
  /// whose verdict is Stale.
  [[nodiscard]] UnixTime soft_since(const Subject& subject, Sequence as_of) const;
  /// How many purges of the subject are known: never less than there were.
  [[nodiscard]] std::uint64_t count(const Subject& subject) const;

  /// Takes over what is pending in `other`.
  void keep_pending_of(const PurgeIndex& other);

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  /// Selectors that wait to be forgotten: each once.
  [[nodiscard]] std::size_t queued() const noexcept { return by_age_.size(); }

 private:
  /// 128 bits of a selector's hash. Two selectors with one hash would cost misses, never a wrong
  /// answer.
  struct Hash {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    bool operator==(const Hash&) const = default;
  };
  struct Hasher {
    std::size_t operator()(const Hash& h) const noexcept { return h.low; }
  };
  /// A selector taken apart.
  struct Named {
    SelectorKind kind;
    bool soft;
    std::string_view rest;
  };
  struct Entry {
    Sequence newest;
    std::uint64_t count = 0;
    SelectorKind kind = SelectorKind::Uri;
    bool soft = false;
    bool pending = false;
    bool aged = false;       // is in by_age_, once
    std::uint8_t depth = 0;  // of a prefix
  };
  struct Aged {
    Hash selector;
    Sequence sequence;  // of the purge that put it there, or newer
  };
  struct Pattern {
    std::string glob;
    Hash group;               // of host and literal beginning
    std::size_t literal = 0;  // its length
    unsigned entries = 0;     // hard and soft
  };

  [[nodiscard]] static std::optional<Named> take_apart(std::string_view selector) noexcept;
  [[nodiscard]] static Hash hash(SelectorKind kind, std::string_view rest) noexcept;
  [[nodiscard]] static Hash softened(Hash base, bool soft) noexcept;
  using Slot = std::pair<const Hash, Entry>;
  [[nodiscard]] Slot& slot_of(const Named& named);
  [[nodiscard]] Slot& new_slot(const Named& named, Hash base);
  void count_in(const Entry& entry) noexcept;
  void add_pattern(std::string_view rest, Hash base);
  void list_pattern(const Pattern& pattern, Hash base);
  void drop(Hash key);
  void drop_pattern(Hash base);

  /// Calls `visit(base hash)` for every name of the subject that something was purged by, until it
  /// returns true.
  template <class Visit>
  void each_name(const Subject& subject, const Visit& visit) const;
  template <class Visit>
  bool any_prefix(std::string_view place, std::size_t host, std::size_t end,
                  const Visit& visit) const;
  template <class Visit>
  bool any_pattern(std::string_view place, std::size_t host, const Visit& visit) const;
  [[nodiscard]] bool used(SelectorKind kind) const noexcept {
    return kinds_[static_cast<std::size_t>(kind)] != 0;
  }

  Millis window_;
  std::size_t max_entries_;
  std::unordered_map<Hash, Entry, Hasher> entries_;
  std::deque<Aged> by_age_;
  std::array<std::size_t, 6> kinds_{};  // entries of each kind
  std::size_t soft_ = 0;                // soft entries
  std::size_t pending_ = 0;             // entries that are pending
  std::array<std::size_t, kMaxPrefixDepth + 1> depths_{};
  std::unordered_map<Hash, Pattern, Hasher> patterns_;  // by base hash
  std::unordered_map<Hash, std::vector<Hash>, Hasher> groups_;
  std::map<std::size_t, std::size_t> literals_;  // patterns by length of their literal beginning
};

}  // namespace wf::invalidation
