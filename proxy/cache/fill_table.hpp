// Who is fetching what in this process: one fill per key at a time (design §6, step 1).
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "proxy/cache/fill.hpp"

namespace wf::cache {

class FillTable;

/// Proof of leadership. Its destruction takes the fill off the table and, if nobody was given an
/// answer, tells the followers to compete again: no path can forget to.
class FillPermit {
 public:
  FillPermit(FillTable& table, std::shared_ptr<Fill> fill);
  FillPermit(FillPermit&&) noexcept = default;
  FillPermit& operator=(FillPermit&&) = delete;
  ~FillPermit();
  [[nodiscard]] const std::shared_ptr<Fill>& fill() const noexcept { return fill_; }

 private:
  FillTable* table_;
  std::shared_ptr<Fill> fill_;
};

/// Thread-safe: one mutex, held for a look-up.
class FillTable {
 public:
  struct Joined {
    std::shared_ptr<Fill> fill;
    bool leader = false;               ///< the caller must make a FillPermit of it and run the fill
    std::shared_ptr<Fill> replaced{};  ///< what could not be joined, and may still be at work
  };

  /// First in becomes leader. `may_join(fill)` says whether a fill that is under way may still be
  /// joined; if not, the caller leads a new one and the old one goes on for those who had
  /// joined. The same where the fill under way has come to nothing.
  template <class MayJoin>
  [[nodiscard]] Joined join(std::string_view key, const Stamp& now, const MayJoin& may_join) {
    const std::lock_guard lock{mutex_};
    const auto found = fills_.find(std::string{key});
    if (found != fills_.end() && found->second->of_use() && may_join(*found->second)) {
      return {found->second, false, nullptr};
    }
    auto fill = std::make_shared<Fill>(std::string{key}, now);
    auto replaced = std::exchange(fills_[fill->key()], fill);
    return {std::move(fill), true, std::move(replaced)};
  }

  [[nodiscard]] std::size_t size() const;
  /// Every fill in the table, for waking those that wait for another proxy.
  [[nodiscard]] std::shared_ptr<Fill> find(std::string_view key) const;

 private:
  friend class FillPermit;
  void remove(const Fill& fill);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Fill>> fills_;
};

}  // namespace wf::cache
