#include "proxy/confine/syscalls.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace wf::confine {

namespace {

// By what they are for. What is missing here is missing on purpose: new programs (execve), new
// processes (fork, clone without CLONE_THREAD), other processes (ptrace, process_vm_*, kill), new
// listeners (bind, listen), other rights (set*id, capset, unshare, mount), the kernel's wide
// surfaces (bpf, io_uring_*, perf_event_open, keyctl, userfaultfd), and changing what lies on disk.
constexpr std::array kPlain {
  // connections, as Asio and the resolver use them
  std::string_view{"accept"}, std::string_view{"accept4"}, std::string_view{"connect"},
      std::string_view{"getpeername"}, std::string_view{"getsockname"},
      std::string_view{"getsockopt"}, std::string_view{"setsockopt"}, std::string_view{"recvfrom"},
      std::string_view{"recvmsg"}, std::string_view{"recvmmsg"}, std::string_view{"sendto"},
      std::string_view{"sendmsg"}, std::string_view{"sendmmsg"}, std::string_view{"shutdown"},
      // what is open already
      std::string_view{"close"}, std::string_view{"dup"}, std::string_view{"dup2"},
      std::string_view{"dup3"}, std::string_view{"fcntl"}, std::string_view{"fstat"},
      std::string_view{"fsync"}, std::string_view{"fdatasync"}, std::string_view{"lseek"},
      std::string_view{"pread64"}, std::string_view{"read"}, std::string_view{"readv"},
      std::string_view{"write"}, std::string_view{"writev"}, std::string_view{"pipe"},
      std::string_view{"pipe2"},
      // looking at files: certificates, configuration, what names are resolved by
      std::string_view{"access"}, std::string_view{"faccessat"}, std::string_view{"faccessat2"},
      std::string_view{"getcwd"}, std::string_view{"getdents64"}, std::string_view{"lstat"},
      std::string_view{"newfstatat"}, std::string_view{"readlink"}, std::string_view{"readlinkat"},
      std::string_view{"stat"}, std::string_view{"statfs"}, std::string_view{"fstatfs"},
      std::string_view{"statx"},
      // waiting
      std::string_view{"epoll_create1"}, std::string_view{"epoll_ctl"},
      std::string_view{"epoll_pwait"}, std::string_view{"epoll_pwait2"},
      std::string_view{"epoll_wait"}, std::string_view{"eventfd2"}, std::string_view{"poll"},
      std::string_view{"ppoll"}, std::string_view{"select"}, std::string_view{"pselect6"},
      std::string_view{"timerfd_create"}, std::string_view{"timerfd_settime"},
      std::string_view{"timerfd_gettime"}, std::string_view{"nanosleep"},
      std::string_view{"clock_nanosleep"}, std::string_view{"restart_syscall"},
      // time, where the kernel has no page for it
      std::string_view{"clock_gettime"}, std::string_view{"clock_getres"},
      std::string_view{"gettimeofday"}, std::string_view{"time"},
      // threads and memory
      std::string_view{"brk"}, std::string_view{"exit"}, std::string_view{"exit_group"},
      std::string_view{"futex"}, std::string_view{"get_robust_list"}, std::string_view{"madvise"},
      std::string_view{"membarrier"}, std::string_view{"mremap"}, std::string_view{"munmap"},
      std::string_view{"rseq"}, std::string_view{"sched_getaffinity"},
      std::string_view{"sched_yield"}, std::string_view{"set_robust_list"},
      std::string_view{"set_tid_address"}, std::string_view{"getcpu"},
      // signals to oneself
      std::string_view{"rt_sigaction"}, std::string_view{"rt_sigprocmask"},
      std::string_view{"rt_sigreturn"}, std::string_view{"rt_sigtimedwait"},
      std::string_view{"sigaltstack"},
      // who and where we are
      std::string_view{"getegid"}, std::string_view{"geteuid"}, std::string_view{"getgid"},
      std::string_view{"getpid"}, std::string_view{"getppid"}, std::string_view{"getrandom"},
      std::string_view{"getrlimit"}, std::string_view{"getrusage"}, std::string_view{"gettid"},
      std::string_view{"getuid"}, std::string_view{"sysinfo"}, std::string_view{"uname"},
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
      // The sanitizers look for leaks at the end by stopping all threads from a process beside
      // them.
      std::string_view{"clone"}, std::string_view{"mprotect"}, std::string_view{"mmap"},
      std::string_view{"prctl"}, std::string_view{"ptrace"}, std::string_view{"wait4"},
      std::string_view{"kill"}, std::string_view{"getdents"}, std::string_view{"personality"},
#endif
#ifdef WARMFRONT_COVERAGE
      std::string_view{"openat"}, std::string_view{"mkdir"}, std::string_view{"ftruncate"},
#endif
};

constexpr std::uint64_t kThread = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
constexpr std::uint64_t kNamespaces = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                      CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP;
constexpr std::uint64_t kWrites = O_ACCMODE | O_CREAT | O_TRUNC;

Condition is(unsigned argument, std::uint64_t value) {
  // The kernel looks at the lower half of an int; what stands above it is left over.
  return {argument, 0xffffffffU, value};
}

void add_files(std::vector<Allowed>& all, const Needs& needs) {
  for (const auto& [name, flags] : {std::pair{"open", 1U}, std::pair{"openat", 2U}}) {
    all.push_back({name, {{flags, kWrites, O_RDONLY}}});
    // A log is opened to be made longer, never anew from its beginning.
    if (needs.log_file) {
      all.push_back({name, {{flags, O_ACCMODE | O_TRUNC | O_APPEND, O_WRONLY | O_APPEND}}});
    }
  }
  // spdlog makes the folder of a log that is not there.
  if (needs.log_file) all.insert(all.end(), {{"mkdir", {}}, {"mkdirat", {}}});
  if (needs.unix_socket) all.insert(all.end(), {{"unlink", {}}, {"unlinkat", {}}});
}

}  // namespace

std::span<const std::string_view> plain_calls() { return kPlain; }

std::vector<Allowed> conditional_calls(const Needs& needs) {
  const auto self = static_cast<std::uint64_t>(::getpid());
  std::vector<Allowed> all{
      {"clone", {{0, kThread | kNamespaces, kThread}}},
      {"tgkill", {is(0, self)}},  // abort() and raise()
      // To the origin, to Redis, to a resolver; SOCK_STREAM or SOCK_DGRAM as they like.
      {"socket", {is(0, AF_INET)}},
      {"socket", {is(0, AF_INET6)}},
      {"socket", {is(0, AF_UNIX)}},
      // Memory is written or run, never both; nothing that was written is ever run.
      {"mmap", {{2, PROT_EXEC, 0}}},
      {"mmap", {{2, PROT_WRITE, 0}}},
      {"mprotect", {{2, PROT_EXEC, 0}}},
      {"ioctl", {is(1, FIONBIO)}},
      {"ioctl", {is(1, FIONREAD)}},
      {"ioctl", {is(1, TCGETS)}},
      {"prctl", {is(0, PR_SET_NAME)}},
      {"prlimit64", {{2, ~std::uint64_t{0}, 0}}},  // asks, and sets nothing
  };
  add_files(all, needs);
  return all;
}

std::vector<Answered> answered_calls() {
  return {
      // Its flags lie in memory, where no filter can look; glibc then calls clone.
      {"clone3", ENOSYS, {}},
      // The resolver asks which families have addresses, and takes "unknown" for an answer.
      {"socket", EAFNOSUPPORT, {is(0, AF_NETLINK)}},
  };
}

}  // namespace wf::confine
