// Who has been here lately: which keys were asked for before, in a fixed amount of memory.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

namespace wf::cache {

/// Thread-safe, without locks. Forgets by overwriting: a key that has not come again before some
/// other took its place is new. Now and then it takes a new one for a known one (two in 2^32 keys
/// that share a place), which costs a place in memory and nothing else.
class Doorkeeper {
 public:
  /// 256 KiB.
  static constexpr std::size_t kPlaces = std::size_t{1} << 16U;

  Doorkeeper();
  /// Whether the key of that hash (see `lookup_key`) has knocked before. From now on it has.
  [[nodiscard]] bool knock(std::uint64_t hash) noexcept;

 private:
  std::vector<std::atomic<std::uint32_t>> places_;  // the upper half of a hash; 0: nobody yet
};

}  // namespace wf::cache
