#include "proxy/confine/confine.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include <spdlog/spdlog.h>

#include "proxy/confine/identity.hpp"
#include "proxy/confine/sandbox.hpp"

namespace wf::confine {

namespace {

Needs needs_of(const config::Config& config) {
  Needs needs;
  needs.log_file = config.log.access != "off" && config.log.access != "stdout";
  needs.unix_socket = std::any_of(
      config.listen.begin(), config.listen.end(),
      [](const config::Listener& listener) { return !listener.address.unix_path.empty(); });
  if (config.admin && !config.admin->address.unix_path.empty()) needs.unix_socket = true;
  return needs;
}

/// A core holds keys, tokens and other people's answers. The limit is for files; where the kernel
/// hands cores to a program instead, which no limit keeps from it, they are to hold no memory.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  const bool limited = ::setrlimit(RLIMIT_CORE, &none) == 0;
  std::ofstream filter{"/proc/self/coredump_filter"};
  filter << "0\n" << std::flush;
  if (!limited || !filter) {
    spdlog::warn("core dumps could not be switched off; they would hold secrets");
  }
}

/// In words, for the log.
std::string_view enter(const config::Config& config) {
  using config::Sandbox;
  const Sandbox wanted = config.process.sandbox;
  if (wanted == Sandbox::Off) return "off";
  const auto otherwise = wanted == Sandbox::Kill ? Otherwise::Kill : Otherwise::Refuse;
  const Result<void> entered = enter_sandbox(needs_of(config), otherwise);
  if (entered) return wanted == Sandbox::Kill ? "kill" : "on";
  const std::string why = to_string(entered.error());
  if (wanted != Sandbox::Auto) {
    throw std::runtime_error("process.sandbox: " + why +
                             "; where the kernel cannot, say `sandbox: off`");
  }
  spdlog::warn("no sandbox: {}", why);
  return "off";
}

}  // namespace

void give_up_rights(const config::Config& config) {
  const config::Process& process = config.process;
  if (process.user) {
    become(find_identity(*process.user, process.group));
  } else if (::geteuid() == 0) {
    spdlog::warn("running as root: name a user in process.user, and it is given up");
  }
  if (!process.core_dumps) forbid_core_dumps();
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    throw std::runtime_error("the kernel does not know PR_SET_NO_NEW_PRIVS");
  }
  const std::string_view sandbox = enter(config);
  spdlog::info("rights: user {}, group {}, sandbox {}", ::geteuid(), ::getegid(), sandbox);
}

}  // namespace wf::confine
