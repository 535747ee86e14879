// An origin that does what a test tells it, to the byte. No HTTP library, no clock.
//
//     ScriptedOrigin origin;                                   // serves `echo` on 127.0.0.1:0
//     origin.next_connection(Script{}.read_request().hold("late").send("HTTP/1.1 200 …"));
//     … origin.wait_held("late") … origin.release("late") …
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "config/types.hpp"
#include "tests/support/origin_script.hpp"
#include "tests/support/raw_socket.hpp"

namespace wf::test {

/// One thread accepts, one thread per connection plays. Every member is thread-safe. Waiting
/// members return false after kPatience, so that a test fails instead of hanging.
class ScriptedOrigin {
 public:
  static constexpr std::chrono::seconds kPatience{10};

  explicit ScriptedOrigin(Handler handler = echo);
  /// "127.0.0.1", "::1"; an empty host and a path: a unix socket, whose file is removed at the end.
  ScriptedOrigin(config::Address address, Handler handler);
  ScriptedOrigin(const ScriptedOrigin&) = delete;
  ScriptedOrigin& operator=(const ScriptedOrigin&) = delete;
  /// Opens all gates, breaks all connections and waits for the threads.
  ~ScriptedOrigin();

  /// With the port that was chosen.
  [[nodiscard]] const config::Address& address() const noexcept { return address_; }
  [[nodiscard]] config::Server server() const { return config::Server{address_}; }

  /// For connections that have no script, and those whose script has ended.
  void handle(Handler handler);
  /// The next accepted connection that has no script yet plays this one first.
  void next_connection(Script script);

  /// Stops listening: from the return on, connecting is refused. Open connections stay.
  void refuse_connections();

  /// Lets pass all that stand at the gate, now and later.
  void release(const std::string& gate);
  /// Until so many connections have come to the gate.
  [[nodiscard]] bool wait_held(const std::string& gate, unsigned count = 1);
  /// Until no connection is open any more.
  [[nodiscard]] bool wait_all_ended();
  /// Until so many requests have been read, their bodies not counted.
  [[nodiscard]] bool wait_requests(unsigned count);

  [[nodiscard]] unsigned connections() const;       ///< accepted so far
  [[nodiscard]] unsigned open_connections() const;  ///< not yet ended by either side
  [[nodiscard]] unsigned requests() const;          ///< heads read so far
  [[nodiscard]] unsigned requests(const std::string& path) const;
  /// The requests whose body was read as well, oldest first.
  [[nodiscard]] std::vector<OriginRequest> seen() const;

 private:
  class Player;
  void accept_all();
  void stop_accepting();
  void serve(std::size_t slot, unsigned number, Script script);
  [[nodiscard]] bool wait(const std::function<bool()>& condition);

  config::Address address_;
  RawSocket listener_;
  RawSocket stop_;            // an eventfd
  mutable std::mutex mutex_;  // guards all below but the acceptor, which the test's thread joins
  std::condition_variable changed_;
  Handler handler_;
  std::deque<Script> scripts_;
  std::set<std::string> open_gates_;
  std::map<std::string, unsigned> arrivals_;
  std::map<std::string, unsigned> paths_;
  std::vector<OriginRequest> seen_;
  std::deque<RawSocket> sockets_;  // one slot per connection ever accepted; closed when it ended
  unsigned open_ = 0;
  unsigned requests_ = 0;
  bool stopping_ = false;
  std::thread acceptor_;
  std::vector<std::thread> threads_;  // one per connection; added to by the acceptor
};

}  // namespace wf::test
