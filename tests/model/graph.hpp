// The states seen so far: 64 bits of each one's hash, and from which other it
// was first reached.
#pragma once

#include <cstdint>
#include <vector>

namespace model {

/// Among a hundred million states, the chance that two share a hash is about
/// one in four thousand.
class Visited {
 public:
  using Index = std::uint32_t;

  Visited();

  struct Found {
    Index index;
    bool is_new;
  };
  Found insert(std::uint64_t hash, Index parent);

  [[nodiscard]] std::size_t size() const noexcept { return hashes_.size(); }
  [[nodiscard]] std::uint64_t hash(Index index) const { return hashes_[index]; }
  [[nodiscard]] Index parent(Index index) const { return parents_[index]; }

 private:
  void grow();
  [[nodiscard]] std::size_t home(std::uint64_t hash) const noexcept;

  std::vector<std::uint64_t> hashes_;
  std::vector<Index> parents_;
  /// Open addressing: the upper half of the hash, and 1 + index; 0 is free.
  std::vector<std::uint64_t> slots_;
};

/// Which states lead to which; for the question whether everything can end.
class Edges {
 public:
  void begin_state(bool ended) {
    first_.push_back(to_.size());
    ended_.push_back(ended ? 1 : 0);
  }
  void add(Visited::Index to) { to_.push_back(to); }

  /// The first state from which no path leads to one where everything has
  /// ended; none: `size()`.
  [[nodiscard]] std::size_t first_stuck() const;
  [[nodiscard]] std::size_t size() const noexcept { return ended_.size(); }

 private:
  [[nodiscard]] bool leads_to(const std::vector<char>& good, std::size_t state) const;

  std::vector<std::size_t> first_;
  std::vector<Visited::Index> to_;
  std::vector<char> ended_;
};

}  // namespace model
