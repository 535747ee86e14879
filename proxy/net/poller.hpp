// Which sockets can be read and written, at less than a system call per wait.
//
// Asio has the kernel watch a socket anew for every wait (epoll_ctl). Here a socket is registered
// once, edge-triggered, with an epoll of the loop's own, and Asio watches that as one descriptor:
// all that is ready in a turn of the loop costs two system calls more than Asio's own, whether that
// is one socket or two hundred.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include <boost/asio/deferred.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>

#include "proxy/net/reserve.hpp"
#include "proxy/net/resumption.hpp"

namespace wf::net {

class Poller;

/// What is known of one socket's readiness. Used on its loop's thread.
class Readiness : public boost::intrusive::list_base_hook<
                      boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  /// Watches `socket` (−1: none), a descriptor that does not block, until `forget` or its own end,
  /// either of which comes before the descriptor is closed. Where it cannot be watched `may` stays
  /// true, and whoever tries in vain has to give up.
  Readiness(Executor executor, int socket);
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;
  ~Readiness();
  void forget() noexcept;

  enum class Side : std::uint8_t { Read, Write };
  /// Whether trying may succeed: true from an edge until `exhausted` is said. The first edge comes
  /// by itself for what is ready from the start.
  [[nodiscard]] bool may(Side side) const noexcept { return at(side).ready; }
  /// A try has found nothing, or has taken all there was. The peer's end stays to be found.
  void exhausted(Side side) noexcept { at(side).ready = at(side).for_good; }

  /// Only where `may` is false, and by one coroutine per side. Returns after an edge, or a `wake`:
  /// `co_await readiness.edge(Side::Read);`
  [[nodiscard]] auto edge(Side side) {
    return asio::async_initiate<const asio::deferred_t, void()>(Start{this, side}, asio::deferred);
  }
  /// Counts the looks at which the kernel has told all that was ready by then. Where `may` is
  /// false, and another number was seen since, nothing has come until the last of these looks.
  [[nodiscard]] std::uint64_t looks() const noexcept;

  /// Has all that wait go on, from the loop and not from here.
  void wake() noexcept;

 private:
  friend class Poller;
  struct Direction {
    bool ready = false;     // as far as is known
    bool for_good = false;  // the end or an error: it never has to be waited for again
    Resumption waiter;
  };
  struct Start {
    Readiness* readiness;
    Side side;
    template <class Handler>
    void operator()(Handler&& handler) const {
      readiness->wait(side, Resumption{std::forward<Handler>(handler)});
    }
  };
  [[nodiscard]] Direction& at(Side side) noexcept { return side == Side::Read ? read_ : write_; }
  [[nodiscard]] const Direction& at(Side side) const noexcept {
    return side == Side::Read ? read_ : write_;
  }
  void wait(Side side, Resumption waiter) noexcept;
  /// Empty: nobody waits.
  [[nodiscard]] Resumption take(Direction& direction) noexcept;
  void note(std::uint32_t events) noexcept;
  /// Has those go on who waited for what was noted.
  void resume(std::uint32_t events);
  void stop_watching() noexcept;

  using WokenHook = boost::intrusive::list_member_hook<
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  Poller* poller_;
  WokenHook woken_;  // in the poller's list of those that were woken
  int socket_;       // -1: no longer watched
  Direction read_;
  Direction write_;
};

/// One per event loop, made when its first socket is watched, and used on its thread.
class Poller final : public asio::execution_context::service {
 public:
  static asio::execution_context::id id;  // NOLINT: Asio finds it under this name
  explicit Poller(asio::execution_context& context);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller() override = default;
  [[nodiscard]] static Poller& of(Executor executor);

 private:
  friend class Readiness;
  static constexpr int kBatch = 256;
  using Waiting = boost::intrusive::list<Readiness, boost::intrusive::constant_time_size<false>>;
  using Woken = boost::intrusive::list<
      Readiness, boost::intrusive::constant_time_size<false>,
      boost::intrusive::member_hook<Readiness, Readiness::WokenHook, &Readiness::woken_>>;

  /// The end of the wait for the epoll.
  struct Armed {
    using allocator_type = Reserve::Allocator<void>;
    Poller* poller;
    [[nodiscard]] allocator_type get_allocator() const noexcept {
      return allocator_type{poller->arming_};
    }
    void operator()(const boost::system::error_code& ec) const { poller->on_ready(ec); }
  };

  void shutdown() noexcept override;
  /// False: the kernel has no memory for it, or the socket is of a kind that cannot be watched.
  [[nodiscard]] bool watch(Readiness& readiness, int socket) noexcept;
  void forget(Readiness& readiness) noexcept;
  /// Who waits keeps the loop running; what is watched does not.
  void waiter_came(Readiness& readiness) noexcept;
  void waiter_left(Readiness& readiness) noexcept;
  void arm() noexcept;
  void on_ready(const boost::system::error_code& ec);
  void dispatch();
  /// Has all that wait there go on, from the loop.
  void wake(Readiness& readiness) noexcept;
  void resume_woken();

  Executor executor_;
  asio::posix::basic_stream_descriptor<Executor> epoll_;
  Reserve arming_;   // of the wait for the epoll: without it the loop would be deaf
  Waiting waiting_;  // those with at least one waiter
  Woken woken_;
  Reserve waking_;
  bool wakes_ = false;  // resume_woken is posted
  std::size_t waiters_ = 0;
  bool armed_ = false;  // Asio watches the epoll
  bool dispatching_ = false;
  std::uint64_t looks_ = 0;
  std::array<Readiness*, kBatch> batch_{};  // of the turn that runs: null where forgotten
  std::size_t batch_size_ = 0;
};

inline std::uint64_t Readiness::looks() const noexcept { return poller_->looks_; }

}  // namespace wf::net
