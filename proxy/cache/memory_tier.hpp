// L1 as the walk knows it: one memory for all routes, and parts that routes have for themselves.
//
// A route with a `share` has a store of its own, of exactly that size: it takes no more, and what
// other routes do evicts nothing of it. All others share the rest. A route that admits at the
// second request has a doorkeeper before its store.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/types.hpp"
#include "proxy/cache/doorkeeper.hpp"
#include "proxy/cache/memory_store.hpp"

namespace wf::cache {

/// What one route has for itself.
struct PartStats {
  std::string route;
  Bytes share{};                   ///< 0: none; its answers lie in what all share
  MemoryStats stats;               ///< of its share
  std::uint64_t not_admitted = 0;  ///< answers that were asked for once, and were not kept
};

/// Thread-safe. Keys are canonical keys (see policy/key), whose name space is the route's name.
class MemoryTier {
 public:
  explicit MemoryTier(const config::Config& config);
  /// One memory for all.
  explicit MemoryTier(Bytes size) : common_(size) {}
  MemoryTier(const MemoryTier&) = delete;
  MemoryTier& operator=(const MemoryTier&) = delete;

  /// As in MemoryStore.
  [[nodiscard]] RecordPtr find(const LookupKey& key, UnixTime now);
  /// As in MemoryStore. What the route does not admit is not kept, nor is what it would replace. A
  /// mark or an index of variants, which answers nobody, is always admitted.
  void insert(const LookupKey& key, RecordPtr record, UnixTime expires);
  void erase(const LookupKey& key);
  /// Whatever lies under that hash, of the same route as `key`.
  void erase_sibling(const LookupKey& key, std::uint64_t hash);
  void clear();

  /// A place in a walk over everything.
  struct Cursor {
    std::size_t part = 0;  ///< 0: what all share
    MemoryStore::Cursor place{};
    bool done = false;
  };
  /// As in MemoryStore.
  void visit(Cursor& cursor, std::size_t most, std::vector<RecordPtr>& out);

  /// Of everything together.
  [[nodiscard]] MemoryStats stats() const noexcept;
  /// Of the routes that have something for themselves.
  [[nodiscard]] std::vector<PartStats> parts() const;

 private:
  struct Part {
    std::string route;
    Bytes share{};
    std::optional<MemoryStore> own;          // absent: what all share
    std::unique_ptr<Doorkeeper> doorkeeper;  // null: admits at once
    std::atomic<std::uint64_t> not_admitted{0};
  };
  [[nodiscard]] Part* part_of(const LookupKey& key) noexcept;
  [[nodiscard]] MemoryStore& store_of(Part* part) noexcept;

  MemoryStore common_;
  std::deque<Part> parts_;  // few: those that the configuration names
};

}  // namespace wf::cache
