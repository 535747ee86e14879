// What the filter refuses, and what a running proxy can still do under it.

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <functional>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "proxy/confine/sandbox.hpp"
#include "tests/unit/confine/in_child.hpp"

using namespace wf::confine;
using wf::test::in_child;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

struct Attempt {
  const char* name;
  std::function<long()> call;
  int error = EPERM;
  bool sanitizers_may = false;  // they need it themselves: syscalls.cpp
};

long raw(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0) {
  return ::syscall(number, a, b, c, d, e, f);
}

long address(const void* pointer) { return reinterpret_cast<long>(pointer); }

long run_a_program() {
  char name[] = "/bin/true";
  char* arguments[] = {name, nullptr};
  return ::execve(name, arguments, nullptr);
}

long fork_by_clone() { return raw(SYS_clone, SIGCHLD); }

long open_to_write() { return ::open("/tmp/warmfront-must-not-be", O_WRONLY | O_CREAT, 0600); }

long make_code() {
  void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return page == MAP_FAILED ? 0 : ::mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

long map_code_to_write() {
  return address(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

long listen_somewhere() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  return ::listen(fd, 1);
}

const std::vector<Attempt>& attempts() {
  static const std::vector<Attempt> all{
      {"a program", run_a_program},
      {"a process", fork_by_clone, EPERM, true},
      {"another process' memory", [] { return ::ptrace(PTRACE_ATTACH, 1, 0, 0); }, EPERM, true},
      {"reading it", [] { return raw(SYS_process_vm_readv, 1); }},
      {"a signal to another", [] { return raw(SYS_tgkill, 1, 1, 0); }},
      {"kill", [] { return ::kill(1, 0); }, EPERM, true},
      {"raw packets", [] { return ::socket(AF_PACKET, SOCK_RAW, 0); }},
      {"the kernel's ciphers", [] { return ::socket(AF_ALG, SOCK_SEQPACKET, 0); }},
      {"virtual machines", [] { return ::socket(AF_VSOCK, SOCK_STREAM, 0); }},
      {"netlink", [] { return ::socket(AF_NETLINK, SOCK_RAW, 0); }, EAFNOSUPPORT},
      {"clone3", [] { return raw(SYS_clone3, 0, 0); }, ENOSYS},
      {"listening", listen_somewhere},
      {"a file to write", open_to_write},
      {"removing a file", [] { return ::unlink("/tmp/warmfront-is-not-there"); }},
      {"renaming", [] { return ::rename("/tmp/warmfront-a", "/tmp/warmfront-b"); }},
      {"rights of a file", [] { return ::chmod("/tmp/warmfront-a", 0); }},
      {"data to code", make_code, EPERM, true},
      {"writable code", map_code_to_write, EPERM, true},
      {"a file of memory", [] { return raw(SYS_memfd_create, address("a"), 0); }},
      {"mounting", [] { return ::mount("none", "/tmp", "tmpfs", 0, nullptr); }},
      {"another namespace", [] { return ::unshare(CLONE_NEWUSER); }},
      {"another user", [] { return raw(SYS_setuid, 0); }},
      {"programs in the kernel", [] { return raw(SYS_bpf, 0, 0, 0); }},
      {"io_uring", [] { return raw(SYS_io_uring_setup, 1, 0); }},
      {"keys", [] { return raw(SYS_keyctl, 0, 0, 0); }},
      {"counters", [] { return raw(SYS_perf_event_open, 0, 0, 0, 0, 0); }},
      {"another filter", [] { return raw(SYS_seccomp, 1, 0, 0); }},
      {"to be looked at", [] { return ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }, EPERM, true},
      {"typing into a terminal", [] { return raw(SYS_ioctl, 0, 0x5412, 0); }},
  };
  return all;
}

int enter(const Needs& needs, Otherwise otherwise = Otherwise::Refuse) {
  return enter_sandbox(needs, otherwise) ? 0 : 99;
}

/// Enters the sandbox, tries, and says whether it was refused as it should: 0.
int refused(const Attempt& attempt, const Needs& needs) {
  return in_child([&] {
    if (enter(needs) != 0) return 99;
    errno = 0;
    const long result = attempt.call();
    if (result != -1) return 1;
    return errno == attempt.error ? 0 : 2;
  });
}

int resolve(const char* name) {
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(name, "80", nullptr, &found);
  if (code == 0) ::freeaddrinfo(found);
  return code;
}

}  // namespace

TEST_CASE("under the filter nothing is left of what an intruder wants") {
  for (const Attempt& attempt : attempts()) {
    if (kSanitized && attempt.sanitizers_may) continue;
    CAPTURE(attempt.name);
    CHECK(refused(attempt, {}) == 0);
  }
}

TEST_CASE("without the filter the same calls are not refused like that") {
  // Else the table above would show nothing. Those that need rights are refused in any case.
  for (const char* name : {"a file to write", "removing a file", "listening", "a file of memory"}) {
    for (const Attempt& attempt : attempts()) {
      if (std::string_view{attempt.name} != name) continue;
      CAPTURE(name);
      CHECK(in_child([&] { return attempt.call() == -1 && errno == EPERM ? 1 : 0; }) == 0);
    }
  }
  ::unlink("/tmp/warmfront-must-not-be");
}

TEST_CASE("a killing filter ends the process at the first of them") {
  const int ended = in_child([] {
    if (enter({}, Otherwise::Kill) != 0) return 99;
    static_cast<void>(::rename("/tmp/warmfront-a", "/tmp/warmfront-b"));
    return 0;
  });
  CHECK(ended == 200 + SIGSYS);
}

TEST_CASE("threads that ran before are under the filter too") {
  const int seen = in_child([] {
    std::atomic<bool> entered{false};
    std::atomic<int> error{0};
    std::thread before{[&] {
      while (!entered) std::this_thread::yield();
      error = ::rename("/tmp/warmfront-a", "/tmp/warmfront-b") == -1 ? errno : 0;
    }};
    const int code = enter({});
    entered = true;
    before.join();
    return code != 0 ? code : error == EPERM ? 0 : 1;
  });
  CHECK(seen == 0);
}

TEST_CASE("a proxy does its work under the killing filter") {
  const int seen = in_child([] {
    if (enter({}, Otherwise::Kill) != 0) return 99;
    // Threads come later too: the resolver's, the log's.
    bool ran = false;
    std::thread{[&] { ran = true; }}.join();
    if (!ran) return 1;
    const int file = ::open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    char byte = 0;
    if (file < 0 || ::read(file, &byte, 1) != 1) return 2;
    for (const int family : {AF_INET, AF_INET6, AF_UNIX}) {
      if (::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0) < 0 && errno != EAFNOSUPPORT) return 3;
    }
    if (resolve("localhost") != 0) return 4;
    // Asks the resolver's servers, whatever they say.
    static_cast<void>(resolve("no-such-name.invalid"));
    std::vector<char> much(64U << 20U, 'x');
    return much.back() == 'x' ? 0 : 5;
  });
  CHECK(seen == 0);
}

TEST_CASE("a log file is opened to be made longer, and no otherwise") {
  const std::string path = "/tmp/warmfront-sandbox-" + std::to_string(::getpid());
  const Needs needs{true, false};
  const auto opens = [&](int flags) {
    return in_child([&] {
      if (enter(needs) != 0) return 99;
      return ::open(path.c_str(), flags, 0600) >= 0 ? 0 : errno == EPERM ? 1 : 2;
    });
  };
  CHECK(opens(O_WRONLY | O_CREAT | O_APPEND) == 0);
  CHECK(opens(O_WRONLY | O_CREAT) == 1);
  CHECK(opens(O_WRONLY | O_CREAT | O_APPEND | O_TRUNC) == 1);
  CHECK(opens(O_RDWR | O_APPEND) == 1);
  CHECK(opens(O_RDONLY) == 0);
  ::unlink(path.c_str());
}

TEST_CASE("the paths of unix sockets can be removed where there are any") {
  const Attempt attempt{"unlink", [] { return ::unlink("/tmp/warmfront-is-not-there"); }, ENOENT};
  CHECK(refused(attempt, {false, true}) == 0);
}
