// Which keys the origin has just failed for: a short negative memory, so that an origin in trouble
// is not asked at the rate of the clients (design §6).
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "proxy/base/clock.hpp"
#include "proxy/base/error.hpp"

namespace wf::cache {

/// Thread-safe: one mutex, held for a look-up.
class FailureBoard {
 public:
  /// More than these are all forgotten: it is a mercy, not a promise.
  static constexpr std::size_t kMost = 4096;

  void remember(const std::string& slot, const Error& error, SteadyTime until);
  /// What the slot failed with, if that is still to be told.
  [[nodiscard]] std::optional<Error> find(std::string_view slot, SteadyTime now) const;

 private:
  struct Entry {
    Error error;
    SteadyTime until;
  };
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace wf::cache
