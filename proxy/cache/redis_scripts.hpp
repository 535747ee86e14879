// What the Redis store asks Redis to do in one step. Every script touches one resource's keys only,
// declares them, and gives every key that it writes a time to live.
#pragma once

#include "proxy/redis/script.hpp"

namespace wf::cache::scripts {

/// KEYS record, lock, waiting. ARGV entity id seen (or empty), my lock value, lease ms, ms for
/// which a waiter may wait, prefix of every valid record, longest valid record. → {0, ""} found |
/// {1, ""} acquired | {2, holder's lock value}
[[nodiscard]] const redis::Script& acquire();

/// KEYS lock. ARGV value that it is expected to hold, my lock value, lease ms. → 1 taken | 0
[[nodiscard]] const redis::Script& take_over();

/// KEYS lock. ARGV my lock value, lease ms. → 1 renewed | 0
[[nodiscard]] const redis::Script& renew();

/// KEYS lock, waiting. ARGV my lock value, wake channel, slot. → 1 released | 0
[[nodiscard]] const redis::Script& release();

/// KEYS lock, waiting, record [, vary index]. ARGV my lock value, wake channel, slot, entity id
/// that must still be stored (or empty), record, its ms to live [, index, its ms to live]. → 1
/// stored | 0 the lock is not mine | 2 the entity is another
[[nodiscard]] const redis::Script& store();

/// KEYS record. ARGV length, first 64 bytes and last 64 bytes of what was read, longest valid
/// record. Deletes what is no string, what is too long, and what is still what was read.
/// → 1 deleted | 0
[[nodiscard]] const redis::Script& drop_unsound();

}  // namespace wf::cache::scripts
