// The real binary as a process of its own, for tests that kill it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace wf::test {

/// Runs `warmfront --config` until the destructor kills it. Throws std::runtime_error if it does
/// not listen.
class ProxyProcess {
 public:
  /// `yaml` is the configuration, with one listener on 127.0.0.1:0.
  explicit ProxyProcess(const std::string& yaml);
  ~ProxyProcess();
  ProxyProcess(const ProxyProcess&) = delete;
  ProxyProcess& operator=(const ProxyProcess&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// SIGKILL, and waits for the end.
  void kill() noexcept;
  /// SIGSTOP and SIGCONT: its connections stay, and nothing answers meanwhile.
  void freeze() noexcept;
  void thaw() noexcept;

 private:
  void launch(int log);
  [[nodiscard]] std::uint16_t read_port(int log);

  std::string file_;
  pid_t process_ = -1;
  std::uint16_t port_ = 0;
  int log_ = -1;  // its standard error; open as long as it lives
};

}  // namespace wf::test
