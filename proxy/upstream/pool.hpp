// Connections to one upstream: taken, given back, counted.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/types.hpp"
#include "proxy/base/clock.hpp"
#include "proxy/message/reader.hpp"
#include "proxy/message/refusal.hpp"
#include "proxy/net/spawn.hpp"
#include "proxy/observe/tally.hpp"
#include "proxy/upstream/address_book.hpp"
#include "proxy/upstream/balancer.hpp"
#include "proxy/upstream/idle_list.hpp"
#include "proxy/upstream/inbox.hpp"

namespace wf::upstream {

class Pool;

/// A connection in use. Whoever holds it may use the stream alone; the destructor closes it unless
/// it was given back or released. Must not outlive its pool.
class Lease {
 public:
  Lease() = default;
  Lease(Lease&& other) noexcept;
  Lease& operator=(Lease&& other) noexcept;
  ~Lease() { close(); }

  [[nodiscard]] bool held() const noexcept { return pool_ != nullptr; }
  [[nodiscard]] net::Stream& stream() const noexcept { return *connection_.stream; }
  /// Of the address, as net::to_string writes it.
  [[nodiscard]] const std::string& name() const noexcept { return connection_.name; }
  /// It served an exchange before this one.
  [[nodiscard]] bool reused() const noexcept { return reused_; }

  /// Gives it back for the next exchange: nothing may be under way on the stream, and every byte
  /// of the last answer must have been read.
  void give_back() noexcept;
  void close() noexcept;
  /// Takes the stream out; it no longer counts for max_connections.
  [[nodiscard]] std::unique_ptr<net::Stream> release() noexcept;

 private:
  friend class Pool;
  enum class Origin : bool { Fresh, Reused };
  Lease(Pool& pool, Connection connection, Origin origin) noexcept;

  Pool* pool_ = nullptr;
  Connection connection_;
  bool reused_ = false;
};

/// What acquire may return.
enum class Want : std::uint8_t {
  Any,      ///< a kept-alive connection if there is one
  Checked,  ///< the same, but the kernel is asked whether it still lives: for what cannot be resent
  Fresh,    ///< a new connection: after a kept-alive one has died in our hands
};

/// What an exchange needs while it lasts and a connection between two of them does not.
struct Workspace {
  message::ResponseReader reader{config::ClientLimits{}};
  Inbox inbox;
};

/// One per worker and upstream; used on the worker's thread only. Must outlive its leases and
/// exchanges; `tasks` must be joined before it is destroyed.
class Pool {
 public:
  struct Environment {
    net::DeadlineList& deadlines;
    net::TaskGroup& tasks;            ///< background look-ups of names
    const Clock& clock;               ///< for the times that exchanges report, nothing else
    observe::Tally* tally = nullptr;  ///< where answers that meet a rule are counted, if anywhere
  };
  /// Nothing is connected or looked up until the first acquire.
  Pool(config::Upstream settings, Environment environment);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  /// Errors, all of Side::Upstream and Retry::Safe (nothing was sent): Unavailable at once when
  /// max_connections are in use; Unresolved; Refused, Reset or Timeout when connecting failed, at
  /// two addresses if there are two (connect_timeout each).
  /// A kept-alive connection comes at once.
  [[nodiscard]] net::Soon<Result<Lease>> acquire(Want want);

  /// One of a few that are kept for the next ones who need one.
  [[nodiscard]] std::unique_ptr<Workspace> take_workspace();
  void give_back(std::unique_ptr<Workspace> workspace) noexcept;

  /// Closes idle connections, now and whenever one is given back from now on. For shutting down
  /// and for a pool that a new configuration has replaced.
  void close_idle() noexcept;

  /// No lease is out, and no task of its own is under way: it may be destroyed at once.
  [[nodiscard]] bool at_rest() const noexcept {
    return in_use_ == 0 && !sweeping_ && !book_.looking_up();
  }
  [[nodiscard]] std::size_t idle() const noexcept { return idle_.size(); }
  [[nodiscard]] std::size_t in_use() const noexcept { return in_use_; }
  [[nodiscard]] const config::Upstream& settings() const noexcept { return settings_; }
  [[nodiscard]] net::DeadlineList& deadlines() const noexcept { return environment_.deadlines; }
  [[nodiscard]] const Clock& clock() const noexcept { return environment_.clock; }
  /// An answer met that rule.
  void count(message::Rule rule) noexcept {
    if (environment_.tally != nullptr) environment_.tally->refusal(static_cast<std::size_t>(rule));
  }

 private:
  friend class Lease;
  /// Looks after idle connections, one deadline for all of them.
  class Sweep final : public net::Deadline {
   public:
    explicit Sweep(Pool& pool) : pool_(pool) {}
    void on_deadline() noexcept override;

   private:
    Pool& pool_;
  };

  [[nodiscard]] net::Task<Result<Lease>> acquire_later(Want want);
  /// Once there are addresses.
  [[nodiscard]] net::Soon<Result<Lease>> choose(Want want, TimePoint now);
  /// Of that address, or of any.
  [[nodiscard]] std::optional<Lease> take_idle(const std::optional<Endpoint>& address, Want want,
                                               TimePoint now);
  void count_unasked(const net::Stream& idle) noexcept;
  [[nodiscard]] bool make_room() noexcept;
  [[nodiscard]] net::Task<Result<Lease>> dial(Endpoint address);
  [[nodiscard]] net::Task<Result<Lease>> dial_once(Endpoint address);
  void put_back(Connection connection) noexcept;
  [[nodiscard]] net::Task<void> sweep();

  const config::Upstream settings_;
  Environment environment_;
  Balancer balancer_;
  AddressBook book_;
  IdleList idle_;
  std::vector<std::unique_ptr<Workspace>> spare_;
  Sweep sweep_;
  std::size_t in_use_ = 0;  // leases and connections being made
  bool closing_ = false;
  bool sweeping_ = false;
};

}  // namespace wf::upstream
