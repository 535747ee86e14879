// The program itself, as a process of its own.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/walk/http_support.hpp"

namespace wf::test {

/// Is killed in the destructor, also if the test process dies. Standard output and error are kept
/// together.
class ChildProcess {
 public:
  /// `environment`: "NAME=value", beside what this process has.
  explicit ChildProcess(const std::vector<std::string>& arguments,
                        const std::vector<std::string>& environment = {});
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] pid_t id() const noexcept { return process_; }
  void signal(int number) const;
  /// Waits for the end: the exit status, or 128 and the signal's number; -1: it does not end.
  [[nodiscard]] int wait();
  [[nodiscard]] std::string output() const;
  /// Until it has said that.
  [[nodiscard]] bool says(std::string_view text) const;
  /// The most memory it ever had, and what it has now, in KiB.
  [[nodiscard]] std::size_t peak_memory() const { return memory("VmHWM:"); }
  [[nodiscard]] std::size_t memory_now() const { return memory("VmRSS:"); }

 private:
  [[nodiscard]] std::size_t memory(std::string_view name) const;
  TempDir directory_;
  pid_t process_ = -1;
};

/// `warmfront --config FILE`; listens when the constructor returns.
class ChildProxy {
 public:
  /// `yaml`: all but `listen`. `environment`: as of ChildProcess.
  explicit ChildProxy(const std::string& yaml, const std::vector<std::string>& environment = {});
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] ChildProcess& process() noexcept { return process_; }

 private:
  TempDir directory_;
  ChildProcess process_;
  std::uint16_t port_ = 0;
};

/// One route for everything, to that origin; `cache` as in YAML: "{ttl: 1m}" or "off".
[[nodiscard]] std::string yaml_for(const ScriptedOrigin& origin, std::string_view cache);
/// Writes it, and returns the path.
std::string write_file(const std::string& path, std::string_view text);

}  // namespace wf::test
