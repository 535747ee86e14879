// Proxies on every kind of Redis: what their tests share.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/walk/proxy.hpp"
#include "tests/walk/scenes.hpp"

namespace wf::test {

/// Clients that never stop asking, each for targets of its own, half of which are cached.
class Traffic {
 public:
  Traffic(std::vector<std::uint16_t> ports, std::size_t clients);
  ~Traffic() { stop(); }
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  void stop();
  [[nodiscard]] std::size_t answered() const noexcept { return answered_; }
  /// Not whole, not 200, or a body that belongs to another target.
  [[nodiscard]] std::size_t wrong() const noexcept { return wrong_; }

 private:
  void ask_on(std::uint16_t port, std::size_t number);

  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> answered_{0};
  std::atomic<std::size_t> wrong_{0};
  std::vector<std::thread> threads_;
};

/// Until what `from` fetched is found in Redis by `to`; how long it took, or more than 15 s.
[[nodiscard]] std::chrono::milliseconds shared_after(Proxy& from, Proxy& to,
                                                     const std::string& stem);

}  // namespace wf::test
