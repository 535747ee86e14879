// Which address is tried next. No sockets, no clock: addresses and time in, an address out.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "proxy/net/connect.hpp"

namespace wf::upstream {

/// Of the event loop (base/clock's timer_now): health and idle times are real even in tests that
/// fake the time of caching.
using TimePoint = std::chrono::steady_clock::time_point;
using net::Endpoint;
using net::milliseconds;

/// Round robin over addresses, with passive health: an address to which connecting failed is left
/// out for `fail_timeout`, unless every address is left out. Until connecting has succeeded again,
/// it is tried at most once per kProbeInterval, so that a dead origin sees no storm of connections
/// and everybody else gets an answer at once (fault row FM-19).
class Balancer {
 public:
  static constexpr milliseconds kProbeInterval{100};

  explicit Balancer(milliseconds fail_timeout) : fail_timeout_(fail_timeout) {}

  /// Takes the place of all addresses. Those that stay keep their health; duplicates count once.
  void replace(const std::vector<Endpoint>& addresses);

  /// Nothing if there is no address, or if all are left out and were tried a moment ago.
  /// The caller reports how connecting went, where it had to connect.
  [[nodiscard]] std::optional<Endpoint> next(TimePoint now);
  /// As `next`, but never `failed`: the one further address that a failed connect is worth.
  /// Addresses that are left out are not offered: they cost time that is already lost once.
  [[nodiscard]] std::optional<Endpoint> next_after(const Endpoint& failed, TimePoint now);

  /// No connection could be made. Nothing happens if the address is no longer known.
  void failed(const Endpoint& address, TimePoint now);
  void succeeded(const Endpoint& address);

  [[nodiscard]] bool empty() const noexcept { return members_.empty(); }
  [[nodiscard]] bool knows(const Endpoint& address) const noexcept;

 private:
  struct Member {
    Endpoint address;
    std::optional<TimePoint> left_out_until;  // absent: healthy; in the past: on probation
    TimePoint probed_at{};
  };
  [[nodiscard]] Member* find(const Endpoint& address) noexcept;
  /// The member `offset` places after the one whose turn it is.
  [[nodiscard]] Member& after_turn(std::size_t offset) noexcept;
  enum class Eligible : bool { NotLeftOut, All };
  [[nodiscard]] std::optional<Endpoint> pick(TimePoint now, Eligible eligible);

  milliseconds fail_timeout_;
  std::vector<Member> members_;
  std::size_t turn_ = 0;
};

}  // namespace wf::upstream
