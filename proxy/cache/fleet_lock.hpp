// The Redis lock that makes a leader unique across proxies (design §6).
#pragma once

#include <functional>
#include <memory>

#include "proxy/cache/redis_store.hpp"
#include "proxy/cache/wake_board.hpp"
#include "proxy/net/deadline.hpp"
#include "proxy/net/spawn.hpp"

namespace wf::cache {

/// One fill's attempt at the lock of its slot. Lives in the fill's frame, on the store's worker.
/// Once held, the lease is renewed until `store` or `release`; if neither is reached, the
/// destructor has it released, so that no path leaves others waiting for the lease to end.
class FleetLock {
 public:
  struct Environment {
    RedisStore& store;
    WakeBoard& wakes;
    net::TaskGroup& tasks;  ///< for the renewal, and for a release after us
    net::milliseconds lease;
    net::milliseconds wait;  ///< for another proxy's fill
    unsigned enough = 0;     ///< failures of the origin that are; 0: it is asked all the same
  };
  enum class Got : std::uint8_t {
    Lock,      ///< fetch, then store
    Record,    ///< another proxy has stored meanwhile: read Redis again
    Arriving,  ///< another proxy fetches a large body, which can be read meanwhile
    Failed,    ///< the origin has just failed other proxies: `failure` says how
    Nothing,   ///< Redis does not answer, or the wait is over: fetch, but do not store in Redis
  };

  /// Whether a body that another proxy is fetching is of use, or only a whole one.
  enum class Follow : std::uint8_t { Yes, No };

  FleetLock(Environment environment, Slot slot, const Stamp& as_of);
  FleetLock(const FleetLock&) = delete;
  FleetLock& operator=(const FleetLock&) = delete;
  ~FleetLock();

  /// `seen`: the record that was found unusable. `useful(as_of)`: whether what a holder of that
  /// stamp stores can be of use; if not, the lock is taken from him (design §7).
  [[nodiscard]] net::Task<Got> take(EntityId seen, const std::function<bool(const Stamp&)>& useful,
                                    Follow follow = Follow::No);
  [[nodiscard]] bool held() const noexcept;

  /// Lets the waiters of other proxies read what is being fetched, if the lock is still held.
  [[nodiscard]] net::Task<void> announce(RecordPtr record);
  /// Stores and releases, if the lock is still held.
  [[nodiscard]] net::Task<Result<StoreReply>> store(StoreRequest what);
  [[nodiscard]] net::Task<void> release();
  /// Releases, and spares the origin what other proxies would ask of it, for `keep_for`.
  [[nodiscard]] net::Task<void> fail(ErrorCode how, Millis keep_for);
  /// After Got::Failed.
  [[nodiscard]] const Error& failure() const noexcept { return failure_; }

 private:
  struct Hold;
  [[nodiscard]] net::Task<Got> contend(EntityId seen,
                                       const std::function<bool(const Stamp&)>& useful,
                                       Follow follow);
  /// The store's, tried again while a Cluster moves the slot.
  [[nodiscard]] net::Task<Result<AcquireReply>> acquire(EntityId seen);
  [[nodiscard]] net::Task<bool> take_over(const std::string& holder,
                                          const std::function<bool(const Stamp&)>& useful);
  void begin_hold();

  Environment environment_;
  Slot slot_;
  LockToken token_;
  Error failure_;
  std::shared_ptr<Hold> hold_;  // shared with the renewal; null: not held
};

}  // namespace wf::cache
