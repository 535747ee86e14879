// What the Redis store asks Redis to do in one step. Every script touches one resource's keys only,
// declares them, and gives every key that it writes a time to live.
#pragma once

#include "proxy/redis/script.hpp"

namespace wf::cache::scripts {

/// KEYS record, lock, waiting, progress, failure. ARGV entity id seen (or empty), my lock value,
/// lease ms, ms for which a waiter may wait, prefix of every valid record, longest valid record,
/// how many failures are enough (0: none). → {0, ""} found | {1, ""} acquired | {2, holder's lock
/// value} | {3, the same}: and what he fetches can be read already | {4, what `fail` wrote}
[[nodiscard]] const redis::Script& acquire();

/// KEYS lock, progress. ARGV value that the lock is expected to hold, my lock value, lease ms. → 1
/// taken | 0
[[nodiscard]] const redis::Script& take_over();

/// KEYS lock, progress. ARGV my lock value, lease ms. → 1 renewed | 0
[[nodiscard]] const redis::Script& renew();

/// KEYS lock, waiting, progress. ARGV my lock value, wake channel, slot, record in progress, lease
/// ms. Wakes those who wait. → 1 announced | 0 the lock is not mine
[[nodiscard]] const redis::Script& announce();

/// KEYS lock, waiting, progress. ARGV my lock value, wake channel, slot. → 1 released | 0
[[nodiscard]] const redis::Script& release();

/// KEYS lock, waiting, progress, failure. ARGV my lock value, wake channel, slot, how the origin
/// failed, ms for which that is remembered. Releases, and counts. → 1 released | 0
[[nodiscard]] const redis::Script& fail();

/// KEYS lock, waiting, record, progress, chunk 0 [, vary index]. ARGV my lock value, wake channel,
/// slot, entity id that must still be stored (or empty), record, its ms to live, ms to live of
/// chunk 0, which is in the record as well [, index, its ms to live]. → 1 stored | 0 the lock is
/// not mine | 2 the entity is another
[[nodiscard]] const redis::Script& store();

/// KEYS record. ARGV length, first 64 bytes and last 64 bytes of what was read, longest valid
/// record. Deletes what is no string, what is too long, and what is still what was read.
/// → 1 deleted | 0
[[nodiscard]] const redis::Script& drop_unsound();

/// KEYS record. ARGV entity id. Deletes the record if it is still that one. → 1 deleted | 0
[[nodiscard]] const redis::Script& drop_entity();

/// KEYS any of one slot. ARGV ms to live. → 1 all are there and live so long | 0
[[nodiscard]] const redis::Script& prolong();

}  // namespace wf::cache::scripts
