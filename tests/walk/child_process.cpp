#include "tests/walk/child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace wf::test {

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>(file), {}};
}

/// What the child does before it is the program. Only what is safe between fork and exec.
[[noreturn]] void become(pid_t parent, int output, char* const* arguments,
                         char* const* environment) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::execve(WARMFRONT_BINARY, arguments, environment);
  ::_exit(127);
}

/// Sanitizers keep what was freed for a while; that is not the program's memory.
std::vector<std::string> child_environment() {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view{*entry}.starts_with("ASAN_OPTIONS=")) all.emplace_back(*entry);
  }
  all.emplace_back("ASAN_OPTIONS=quarantine_size_mb=1:thread_local_quarantine_size_kb=64");
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::uint16_t port_in(std::string_view output) {
  constexpr std::string_view kBefore = "listening on 127.0.0.1:";
  const std::size_t at = output.find(kBefore);
  if (at == std::string_view::npos) throw std::runtime_error("no port: " + std::string{output});
  return static_cast<std::uint16_t>(std::stoul(std::string{output.substr(at + kBefore.size())}));
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& arguments,
                           const std::vector<std::string>& environment) {
  std::vector<std::string> words{WARMFRONT_BINARY};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> surroundings = child_environment();
  surroundings.insert(surroundings.end(), environment.begin(), environment.end());
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> envp = pointers(surroundings);
  const std::string path = directory_.path("output");
  const RawSocket output{::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600)};
  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (process_ == 0) become(parent, output.fd(), argv.data(), envp.data());
}

ChildProcess::~ChildProcess() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

void ChildProcess::signal(int number) const { ::kill(process_, number); }

int ChildProcess::wait() {
  int status = 0;
  const bool done = eventually([&] { return ::waitpid(process_, &status, WNOHANG) == process_; },
                               std::chrono::seconds{30});
  if (!done) return -1;
  process_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::string ChildProcess::output() const { return read_file(directory_.path("output")); }

bool ChildProcess::says(std::string_view text) const {
  return eventually([&] { return output().find(text) != std::string::npos; });
}

std::size_t ChildProcess::memory(std::string_view name) const {
  const std::string status = read_file("/proc/" + std::to_string(process_) + "/status");
  const std::size_t at = status.find(name);
  return at == std::string::npos ? 0 : std::stoul(status.substr(at + name.size()));
}

ChildProxy::ChildProxy(const std::string& yaml, const std::vector<std::string>& environment)
    : process_({"--config", write_file(directory_.path("proxy.yaml"),
                                       "listen: [{address: \"127.0.0.1:0\"}]\n" + yaml)},
               environment) {
  static_cast<void>(process_.says("listening on "));
  port_ = port_in(process_.output());
}

std::string yaml_for(const ScriptedOrigin& origin, std::string_view cache) {
  std::string yaml = "log: {access: off}\nworkers: 2\nupstreams:\n  origin: {servers: [\"http://";
  yaml += origin.address().host + ":" + std::to_string(origin.address().port) + "\"]}\n";
  yaml += "routes:\n  - {name: all, match: \"/**\", upstream: origin, cache: ";
  return yaml.append(cache).append("}\n");
}

std::string write_file(const std::string& path, std::string_view text) {
  std::ofstream{path, std::ios::binary} << text;
  return path;
}

}  // namespace wf::test
