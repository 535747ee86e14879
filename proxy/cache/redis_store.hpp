// L2: the records that the fleet shares, and the lock that makes a fill unique in it (design §5,
// §6).
//
// It stores; whether a record may be used is judged above. Errors are Redis' (Side::Store): to the
// caller they mean "as if there were no Redis". What lies in Redis but is not a sound record of
// what was asked for is no error but a miss; it is counted, and removed unless it changed
// meanwhile.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/types.hpp"
#include "proxy/base/units.hpp"
#include "proxy/cache/chunk_map.hpp"
#include "proxy/cache/chunk_store.hpp"
#include "proxy/cache/lock_token.hpp"
#include "proxy/cache/name_memo.hpp"
#include "proxy/cache/record.hpp"
#include "proxy/cache/redis_keys.hpp"
#include "proxy/redis/command.hpp"

namespace wf::cache {

struct RedisStoreOptions {
  Millis lock_lease{2000};
  Millis wait_mark{
      5000};  ///< how long a waiter may wait: the mark that asks for a wake-up lives so
  /// Of one encoded record, which holds chunk 0 and the head; longer values are neither written nor
  /// read.
  Bytes max_value = Bytes{kInlineBody + (1U << 20U)};
};

/// Of the configuration.
[[nodiscard]] RedisStoreOptions options_for(const config::Store& store) noexcept;

/// What becomes of one request for a fleet lock.
struct AcquireReply {
  enum class State : std::uint8_t {
    Acquired,  ///< the lock is mine until its lease ends
    Held,      ///< by another; who releases it will say so on the wake channel
    Arriving,  ///< the same, and what the holder fetches can be read while it arrives
    Found,     ///< no lock is needed: a record is there that was not seen before
    Failed,    ///< not worth it: the origin has just failed others, as `error` says
  };
  State state = State::Held;
  std::string holder;  ///< Held, Arriving: the lock's value, see parse_lock_value
  Error error{};
};

enum class LockState : std::uint8_t { Mine, Lost };

enum class StoreReply : std::uint8_t {
  Stored,     ///< written, lock released, waiters woken
  TokenLost,  ///< nothing done: the lock is not mine any more
  Replaced,   ///< nothing done: `revives` is not what is stored; the lock is still mine
};

/// `record->variant()` names the place: a record without one goes to its resource.
struct StoreRequest {
  RecordPtr record;
  Millis keep_for{0};    ///< at least 1 ms is taken
  RecordPtr vary_index;  ///< null: none; written to the resource, kept as long as the longest
  EntityId revives{};    ///< not zero: only if this entity is still stored there (a 304)
  Coding coding = Coding::Plain;  ///< of chunks that are not there yet
  /// Of a resource; the variants stored longest ago make room. They lie where `record` does.
  unsigned max_variants = config::Cache{}.max_variants;
};

/// Chunks live so much longer than their record, for those who began to read at its end.
inline constexpr Millis kChunksOutlive{60'000};

/// Readable from any thread.
struct RedisStoreCounters {
  std::atomic<std::uint64_t> hits{0}, misses{0};  // misses: those below included
  std::atomic<std::uint64_t> corrupt{0};          ///< did not verify, or was no string
  std::atomic<std::uint64_t> mismatched{0};       ///< of another key or variant (SEC-16)
  std::atomic<std::uint64_t> oversized{0};        ///< longer than max_value (FM-10)
};

/// One per worker, used on its thread. `commands` outlives it. Every operation is a single round
/// trip (a script unknown to the server costs one more; storing a large body costs one for each
/// chunk that is not in Redis yet), and every view handed in must live until the task is done.
class RedisStore {
 public:
  RedisStore(redis::Commands& commands, RedisKeys keys, RedisStoreOptions options);
  RedisStore(const RedisStore&) = delete;
  RedisStore& operator=(const RedisStore&) = delete;

  /// Null: a miss. Otherwise a record of exactly these texts, of whatever kind.
  [[nodiscard]] net::Task<Result<RecordPtr>> find(std::string_view key_text,
                                                  std::string_view variant_text);
  /// The same in a place that is not theirs, perhaps.
  [[nodiscard]] net::Task<Result<RecordPtr>> find(const Slot& slot, std::string_view key_text,
                                                  std::string_view variant_text);

  /// What the holder of the slot's lock has announced of the body that he fetches; null: nothing.
  [[nodiscard]] net::Task<Result<RecordPtr>> find_arriving(const Slot& slot,
                                                           std::string_view key_text,
                                                           std::string_view variant_text);
  /// Whether that body is still being fetched.
  [[nodiscard]] net::Task<Result<bool>> is_arriving(Slot slot, EntityId body);

  /// `seen`: the entity that was found unusable; zero: none was found. Asking again with the token
  /// that already holds the lock renews it. `enough`: so many failures that `fail` told of lately
  /// are enough not to try again; 0: none are.
  [[nodiscard]] net::Task<Result<AcquireReply>> acquire(Slot slot, LockToken mine, EntityId seen,
                                                        unsigned enough = 0);
  /// Takes the lock from a holder whose answer will be of no use: only if it still has `held`.
  [[nodiscard]] net::Task<Result<LockState>> take_over(Slot slot, std::string held, LockToken mine);
  [[nodiscard]] net::Task<Result<LockState>> renew(Slot slot, LockToken mine);
  /// Says that chunks of this body can be read; forgotten with the lock.
  [[nodiscard]] net::Task<Result<LockState>> announce(Slot slot, LockToken mine, RecordPtr record);
  /// Lost: it was not mine any more, and nobody was woken.
  [[nodiscard]] net::Task<Result<LockState>> release(Slot slot, LockToken mine);

  /// Releases, and lets the fleet know for `keep_for` that the origin failed (its Side::Upstream).
  [[nodiscard]] net::Task<Result<LockState>> fail(Slot slot, LockToken mine, ErrorCode how,
                                                  Millis keep_for);

  /// Writes and releases in one step, only while `mine` holds the lock of `slot`. The chunks of a
  /// body that has a `body_id` are there already; those of another large one are written before.
  /// TooLarge (Side::Self) if the encoded record is longer than max_value.
  [[nodiscard]] net::Task<Result<StoreReply>> store(Slot slot, LockToken mine, StoreRequest what);
  /// Stores a record of kind Uncacheable in the slot: requests for it stop queueing.
  [[nodiscard]] net::Task<Result<StoreReply>> mark_uncacheable(Slot slot, LockToken mine,
                                                               RecordPtr record, Millis keep_for);

  /// Removes the record if it is still that entity: one of its chunks is lost.
  [[nodiscard]] net::Task<void> drop_entity(Slot slot, EntityId id);
  /// Frees the memory of purged resources; one round trip each. Safety never depends on it.
  [[nodiscard]] net::Task<Result<void>> drop(std::span<const KeyHash> resources);

  [[nodiscard]] ChunkStore& chunks() noexcept { return chunks_; }
  [[nodiscard]] const RedisKeys& keys() const noexcept { return keys_; }
  [[nodiscard]] const RedisStoreCounters& counters() const noexcept { return counters_; }

 private:
  /// What a value is recognised by when it is to be removed.
  struct Fingerprint {
    explicit Fingerprint(std::string_view value);
    [[nodiscard]] std::string_view first() const noexcept;
    [[nodiscard]] std::string_view last() const noexcept;

    static constexpr std::size_t kEnd = 64;  // bytes at either end that stand for the value
    std::size_t length;
    std::array<char, kEnd> front{}, back{};
  };
  struct Read {
    RecordPtr record;                    ///< null: a miss
    std::optional<Fingerprint> unsound;  ///< what is there but is no record of what was asked for
  };
  [[nodiscard]] net::Task<Result<RecordPtr>> read(RecordName name, std::string_view key_text,
                                                  std::string_view variant_text);
  /// The chunks of a large body that are not there yet, and the id under which they are.
  [[nodiscard]] net::Task<Result<EntityId>> put_body(const Slot& slot, const StoreRequest& what);
  [[nodiscard]] Result<Read> judge(Result<redis::Reply> reply, std::string_view key_text,
                                   std::string_view variant_text);
  [[nodiscard]] Read refuse(std::string_view value, std::atomic<std::uint64_t>& reason);
  [[nodiscard]] net::Task<void> remove(RecordName name, Fingerprint unsound);

  redis::Commands& commands_;
  RedisKeys keys_;
  RedisStoreOptions options_;
  const std::string longest_{std::to_string(options_.max_value.count)};
  NameMemo names_{keys_};
  ChunkStore chunks_;
  RedisStoreCounters counters_;
};

}  // namespace wf::cache
