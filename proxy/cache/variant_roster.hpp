// Which variants of which resources memory holds: so many of each that one URL, asked for with ever
// other request fields, cannot fill it (SEC-11).
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "proxy/base/units.hpp"

namespace wf::cache {

/// Resources and slots are named by their hashes in memory (key_hash.hpp): two that collide share a
/// place, which costs a hit and nothing else. What has left memory by itself may still be counted;
/// it is the first to go. Thread-safe; not used by hits.
class VariantRoster {
 public:
  /// For a memory store of that size. Takes at most a sixteenth of it, beside it: beyond that the
  /// resources whose variants were stored longest ago are forgotten, and their variants with them.
  explicit VariantRoster(Bytes memory);
  VariantRoster(const VariantRoster&) = delete;
  VariantRoster& operator=(const VariantRoster&) = delete;

  /// Notes that a variant is stored. Returns the slots that have to leave memory now: of its own
  /// resource those stored longest ago, so that `most` (at least 1) are left.
  [[nodiscard]] std::vector<std::uint64_t> admit(std::uint64_t resource, std::uint64_t slot,
                                                 std::size_t most);

  /// Variants noted, of all resources.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  struct Resource {
    std::uint64_t hash = 0;
    std::vector<std::uint64_t> slots;  // the one stored last is at the end
  };
  using Places = std::list<Resource>;
  void trim(std::vector<std::uint64_t>& leaving);

  const std::size_t capacity_;
  mutable std::mutex mutex_;  // guards what follows
  Places resources_;          // the one admitted last is at the end
  std::unordered_map<std::uint64_t, Places::iterator> places_;
  std::size_t size_ = 0;
};

}  // namespace wf::cache
