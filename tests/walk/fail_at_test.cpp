// Every system call on a socket fails once: the first of an exchange, then the second, and so on
// until none is left to fail. Whatever it is, nobody waits for ever, nothing is passed off as whole
// that is not, nothing wrong is kept, and no descriptor is lost.
//
// A binary of its own: it stands before the C library.

#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <iostream>
#include <string>

#include <catch2/catch.hpp>

#include "tests/walk/honest.hpp"
#include "tests/walk/proxy.hpp"

namespace {

/// How a call fails.
enum class Fault : int { Error, End, Short };

std::atomic<long> left{-1};  // calls until the one that fails; below 0: none
std::atomic<Fault> fault{Fault::Error};
std::atomic<int> exempt_port{0};  // of the scripted origin, whose sockets never fail
std::atomic<const char*> failed_call{""};
thread_local bool exempt_thread = false;  // the test's own, which is the client

/// The event loop's own descriptors, which are no sockets, do not fail either: nothing can be done
/// about that.
bool is_spared(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return true;
  return address.sin_family == AF_INET && ntohs(address.sin_port) == exempt_port;
}

/// Whether this is the call that fails; `fd` below 0: none yet.
bool fails(const char* call, int fd) {
  if (left < 0 || exempt_thread || (fd >= 0 && is_spared(fd))) return false;
  if (left.fetch_sub(1) != 0) return false;
  failed_call = call;
  return true;
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

int failed(int error) {
  errno = error;
  return -1;
}

}  // namespace

extern "C" {

ssize_t recv(int fd, void* into, std::size_t size, int flags) {
  static auto* const next = real<decltype(recv)>("recv");
  if (!fails("recv", fd)) return next(fd, into, size, flags);
  if (fault == Fault::Error) return failed(ECONNRESET);
  // Less than there was room for means that there is no more (epoll(7)): the kernel keeps to that,
  // and so must who stands before it.
  return fault == Fault::End ? 0 : next(fd, into, size, flags);
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  static auto* const next = real<decltype(recvmsg)>("recvmsg");
  if (!fails("recvmsg", fd)) return next(fd, message, flags);
  if (fault == Fault::Error) return failed(ECONNRESET);
  return fault == Fault::End ? 0 : next(fd, message, flags);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  static auto* const next = real<decltype(sendmsg)>("sendmsg");
  if (!fails("sendmsg", fd)) return next(fd, message, flags);
  if (fault != Fault::Short || message->msg_iovlen == 0) return failed(EPIPE);
  iovec first{message->msg_iov[0].iov_base, std::min<std::size_t>(1, message->msg_iov[0].iov_len)};
  msghdr less{};
  less.msg_iov = &first;
  less.msg_iovlen = 1;
  return next(fd, &less, flags);
}

ssize_t send(int fd, const void* from, std::size_t size, int flags) {
  static auto* const next = real<decltype(send)>("send");
  if (!fails("send", fd)) return next(fd, from, size, flags);
  return fault == Fault::Short ? next(fd, from, std::min<std::size_t>(1, size), flags)
                               : failed(EPIPE);
}

int connect(int fd, const sockaddr* address, socklen_t size) {
  static auto* const next = real<decltype(connect)>("connect");
  return fails("connect", fd) ? failed(ECONNREFUSED) : next(fd, address, size);
}

int accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
  static auto* const next = real<decltype(accept4)>("accept4");
  return fails("accept4", fd) ? failed(ECONNABORTED) : next(fd, address, size, flags);
}

int socket(int family, int type, int protocol) {
  static auto* const next = real<decltype(socket)>("socket");
  return fails("socket", -1) ? failed(EMFILE) : next(family, type, protocol);
}

int epoll_ctl(int epoll, int operation, int fd, epoll_event* event) {
  static auto* const next = real<decltype(epoll_ctl)>("epoll_ctl");
  // Forgetting a descriptor cannot fail.
  if (operation == EPOLL_CTL_DEL) return next(epoll, operation, fd, event);
  return fails("epoll_ctl", fd) ? failed(ENOMEM) : next(epoll, operation, fd, event);
}

}  // extern "C"

namespace wf::test {

namespace {

/// More calls than any of the exchanges makes.
constexpr long kMost = 400;

std::size_t descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Returns at which calls something was made to fail.
long fail_each(Proxy& proxy, Fault how, const std::string& name) {
  fault = how;
  long number = 0;
  for (; number < kMost; ++number) {
    CAPTURE(name, number);
    const std::string path = "/" + name + "/" + std::to_string(number);
    left = number;
    talk(proxy.port(), path);
    const bool happened = left.exchange(-1) < 0;
    INFO("failed: " << failed_call.exchange(""));
    check_sound(proxy.port(), path);
    if (!happened) break;
  }
  return number;
}

void fail_all(config::Config config, const std::string& name) {
  exempt_thread = true;
  config.workers = 1;
  // An origin of which half a request has gone out does not answer.
  config.upstreams.at("origin").response_timeout = 2s;
  Proxy proxy{config};
  talk(proxy.port(), "/first");
  const std::size_t before = descriptors();
  long calls = 0;
  for (const Fault how : {Fault::Error, Fault::End, Fault::Short}) {
    const std::string kind = name + "-" + std::to_string(static_cast<int>(how));
    calls += fail_each(proxy, how, kind);
  }
  std::cout << name << ": each of " << calls << " calls failed once\n";
  CHECK(calls > 30);
  // Idle connections to the origin may be a few more or less.
  CHECK(eventually([&] { return descriptors() <= before + 6; }));
  CHECK(eventually([&] { return proxy.fills() == 0; }));
  proxy.stop();
}

}  // namespace

TEST_CASE("every call fails once: memory alone") {
  ScriptedOrigin origin{answer_by_path};
  exempt_port = origin.address().port;
  fail_all(config_for(origin), "memory");
}

TEST_CASE("every call fails once: with Redis") {
  RedisServer redis;
  ScriptedOrigin origin{answer_by_path};
  exempt_port = origin.address().port;
  config::Config config = config_for(origin, redis);
  config.store.redis->timeout = 500ms;
  fail_all(std::move(config), "redis");
}

}  // namespace wf::test
