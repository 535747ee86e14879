#include "tests/walk/process.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "proxy/base/ascii.hpp"

namespace wf::test {

namespace {

constexpr int kPatience = 30'000;  // ms

std::string write_file(std::string_view text) {
  std::string name = (std::filesystem::temp_directory_path() / "wf-config-XXXXXX").string();
  const int fd = ::mkstemp(name.data());
  const bool written =
      fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (fd >= 0) ::close(fd);
  if (!written) throw std::runtime_error("no temporary file");
  return name;
}

}  // namespace

ProxyProcess::ProxyProcess(const std::string& yaml) : file_(write_file(yaml)) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  launch(ends[1]);
  ::close(ends[1]);
  log_ = ends[0];
  port_ = read_port(log_);
  if (port_ != 0) return;
  kill();
  ::close(log_);
  ::unlink(file_.c_str());
  throw std::runtime_error("warmfront does not start");
}

ProxyProcess::~ProxyProcess() {
  kill();
  ::close(log_);
  ::unlink(file_.c_str());
}

void ProxyProcess::launch(int log) {
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ < 0) throw std::runtime_error("no new process");
  if (process_ > 0) return;
  // Only what is safe between fork and exec.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  ::dup2(log, STDERR_FILENO);
  ::execl(WARMFRONT_BINARY, WARMFRONT_BINARY, "--config", file_.c_str(), nullptr);
  ::_exit(127);
}

std::uint16_t ProxyProcess::read_port(int log) {
  constexpr std::string_view kBefore = "listening on 127.0.0.1:";
  std::string text;
  std::array<char, 4096> block{};
  pollfd ready{log, POLLIN, 0};
  while (::poll(&ready, 1, kPatience) > 0) {
    const ssize_t n = ::read(log, block.data(), block.size());
    if (n <= 0) break;
    text.append(block.data(), static_cast<std::size_t>(n));
    const std::size_t at = text.find(kBefore);
    if (at == std::string::npos) continue;
    const std::string_view rest = std::string_view{text}.substr(at + kBefore.size());
    const std::size_t end = rest.find(' ');
    if (end == std::string_view::npos) continue;
    return static_cast<std::uint16_t>(ascii::parse_uint(rest.substr(0, end)).value_or(0));
  }
  return 0;
}

void ProxyProcess::freeze() noexcept {
  int status = 0;
  ::kill(process_, SIGSTOP);
  ::waitpid(process_, &status, WUNTRACED);
}

void ProxyProcess::thaw() noexcept { ::kill(process_, SIGCONT); }

void ProxyProcess::kill() noexcept {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

}  // namespace wf::test
