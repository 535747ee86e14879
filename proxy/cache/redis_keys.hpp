// Every name that this cache uses in Redis. All names of one resource carry the same hash tag, so
// scripts over them work in a Redis Cluster; all are built from hashes, so nothing that a client
// sends can reach one (SEC-15).
//
//     wf:{H}:r        record of the resource, or its variant index
//     wf:{H}:v:<V>    record of one variant
//     wf:{H}:l        lock of the resource, while its variants are unknown
//     wf:{H}:l:<V>    lock of one variant: variants must not queue behind each other
//     wf:{H}:w[:<V>]  there while somebody waits for that lock
//     wf:{H}:f[:<V>]  the origin has just failed there, and how
//     wf:{H}:p[:<V>]  what the holder of that lock has fetched so far of a large body
//     wf:{H}:n        which variants there are: sorted set of <V> by when they were stored
//     wf:{H}:b:<id>:<n>  chunk n of the body with that id
//     {wf}:log        the purge log
//     wf:wake         channel on which waiters are woken
#pragma once

#include <string>
#include <string_view>

#include "proxy/base/error.hpp"
#include "proxy/cache/key_hash.hpp"
#include "proxy/cache/record.hpp"

namespace wf::cache {

/// A place for one record: a resource, or one of its variants.
struct Slot {
  KeyHash resource;
  std::string variant;  ///< hash of the variant text in hex; empty: the resource itself
  bool operator==(const Slot&) const = default;
};

/// The slot of a canonical key and variant text; no variant text: the resource itself.
[[nodiscard]] Slot slot_of(std::string_view key_text, std::string_view variant_text);
/// "H" or "H:V": how a slot is named on the wake channel.
[[nodiscard]] std::string to_string(const Slot& slot);

/// Immutable, thread-safe.
class RedisKeys {
 public:
  /// 1 to 24 of a-z, 0-9, '_' and '-'; anything else is Unsupported.
  [[nodiscard]] static Result<RedisKeys> with_prefix(std::string prefix);

  [[nodiscard]] std::string record(const Slot& slot) const;
  [[nodiscard]] std::string resource(const KeyHash& hash) const;
  /// What the names of its variants' records begin with; the variant's hash follows.
  [[nodiscard]] std::string variant_prefix(const KeyHash& hash) const;
  [[nodiscard]] std::string variants(const KeyHash& hash) const;
  [[nodiscard]] std::string lock(const Slot& slot) const;
  [[nodiscard]] std::string waiting(const Slot& slot) const;
  [[nodiscard]] std::string progress(const Slot& slot) const;
  [[nodiscard]] std::string failure(const Slot& slot) const;
  [[nodiscard]] std::string chunk(const KeyHash& resource, const EntityId& body,
                                  std::uint32_t index) const;
  [[nodiscard]] std::string wake_channel() const;
  [[nodiscard]] std::string log() const;

 private:
  explicit RedisKeys(std::string prefix) : prefix_(std::move(prefix)) {}
  [[nodiscard]] std::string of_slot(const Slot& slot, std::string_view kind) const;

  std::string prefix_;
};

}  // namespace wf::cache
