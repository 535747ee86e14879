// What the origin's state was, and what a reader may still see of it.
//
// Every resource has a version, which only grows. When a write or a purge of it has returned, no
// read that begins afterwards may bring an older one: that is the promise (design §7), and all that
// is checked here.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace wf::test {

/// Thread-safe.
class Ledger {
 public:
  explicit Ledger(std::size_t resources) : resources_(resources) {}

  [[nodiscard]] std::size_t size() const noexcept { return resources_.size(); }
  /// The origin's state changes; the new version.
  std::uint64_t change(std::size_t resource) { return ++resources_[resource].version; }
  [[nodiscard]] std::uint64_t version(std::size_t resource) const {
    return resources_[resource].version;
  }
  /// The change to that version was made known to the fleet, and the fleet has said so.
  void returned(std::size_t resource, std::uint64_t version);

  /// Before a read: the oldest version that it may bring.
  [[nodiscard]] std::uint64_t floor(std::size_t resource) const {
    return resources_[resource].floor;
  }
  /// After it: what it brought, and by whom.
  void judge(std::size_t resource, std::uint64_t floor, std::uint64_t got, const std::string& who);

  [[nodiscard]] std::uint64_t reads() const noexcept { return reads_; }
  [[nodiscard]] std::uint64_t too_old() const noexcept { return too_old_; }
  /// The first few that were too old, in words.
  [[nodiscard]] std::vector<std::string> complaints() const;

 private:
  struct Resource {
    std::atomic<std::uint64_t> version{1};
    std::atomic<std::uint64_t> floor{1};
  };
  std::deque<Resource> resources_;
  std::atomic<std::uint64_t> reads_{0};
  std::atomic<std::uint64_t> too_old_{0};
  mutable std::mutex mutex_;  // guards complaints_
  std::vector<std::string> complaints_;
};

}  // namespace wf::test
