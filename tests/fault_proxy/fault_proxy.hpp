// A TCP relay that does to a link what networks do. For tests of whatever speaks TCP: stand it
// between a program and its server.
//
//     FaultProxy link{{"127.0.0.1", redis.port(), {}}};
//     … connect to 127.0.0.1:link.port() …
//     link.apply("delay 20ms");
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include <poll.h>

#include "config/types.hpp"
#include "tests/fault_proxy/faults.hpp"
#include "tests/fault_proxy/pipe.hpp"
#include "tests/support/raw_socket.hpp"

namespace wf::fault {

/// One thread relays everything. Members are thread-safe; a command is in force when `apply`
/// returns.
class FaultProxy {
 public:
  /// Listens on `host` (port 0: the kernel chooses). `target`: TCP or a unix socket.
  explicit FaultProxy(config::Address target, const std::string& host = "127.0.0.1",
                      std::uint16_t port = 0);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  void apply(const Command& command);
  /// The same as a line for `parse_command`; throws std::invalid_argument where it is wrong.
  void apply(std::string_view line);
  /// Connections that are open now.
  [[nodiscard]] std::size_t open() const;

 private:
  /// A side of a connection: what is read here goes into `out`, and from there to the other side.
  struct Side {
    test::RawSocket socket;
    Pipe out;
    bool ended = false;   ///< it sends no more
    bool closed = false;  ///< the other side was told so
  };
  struct Link {
    Side client;
    Side server;
    std::string greeting{};  ///< the first bytes of the client
    bool stalled = false;
  };
  using Links = std::list<Link>;

  void run();
  /// One turn; false: the end.
  [[nodiscard]] bool turn();
  [[nodiscard]] int patience(TimePoint now) const;
  [[nodiscard]] std::vector<pollfd> watched(TimePoint now) const;
  void accept_one();
  /// False: the connection is over.
  [[nodiscard]] bool relay(Link& link, Side& from, Side& to, const Faults& faults);
  [[nodiscard]] bool read_side(Link& link, Side& from, const Faults& faults);
  void stall(const Stall& stall);
  void stall_if_named(Link& link) const;
  void obey(const Command& command);
  void wake() const;

  const config::Address target_;
  const std::string host_;
  std::uint16_t port_ = 0;
  test::RawSocket stop_;      // an eventfd that wakes the thread
  mutable std::mutex mutex_;  // guards all below
  test::RawSocket listener_;
  Links links_;
  Faults up_;
  Faults down_;
  std::string stalled_greeting_;  // empty: none
  std::minstd_rand random_{20'011};
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace wf::fault
