#include "tests/support/raw_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace wf::test {

namespace {

union AnyAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_un local;
};

void check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

socklen_t fill(AnyAddress& out, const std::string& address, std::uint16_t port) {
  std::memset(&out, 0, sizeof out);
  if (address.find(':') != std::string::npos) {
    out.v6.sin6_family = AF_INET6;
    out.v6.sin6_port = htons(port);
    check(inet_pton(AF_INET6, address.c_str(), &out.v6.sin6_addr) - 1, "inet_pton");
    return sizeof out.v6;
  }
  out.v4.sin_family = AF_INET;
  out.v4.sin_port = htons(port);
  check(inet_pton(AF_INET, address.c_str(), &out.v4.sin_addr) - 1, "inet_pton");
  return sizeof out.v4;
}

RawSocket listen_on(const AnyAddress& address, socklen_t size, int backlog) {
  RawSocket socket{::socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  check(socket.fd(), "socket");
  const int on = 1;
  check(::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
  check(::bind(socket.fd(), &address.any, size), "bind");
  check(::listen(socket.fd(), backlog), "listen");
  return socket;
}

}  // namespace

RawSocket::RawSocket(RawSocket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

RawSocket& RawSocket::operator=(RawSocket&& other) noexcept {
  close();
  fd_ = std::exchange(other.fd_, -1);
  return *this;
}

RawSocket RawSocket::listen_tcp(const std::string& address, std::uint16_t port, int backlog) {
  AnyAddress any;
  const socklen_t size = fill(any, address, port);
  return listen_on(any, size, backlog);
}

RawSocket RawSocket::listen_unix(const std::string& path) {
  AnyAddress any;
  std::memset(&any, 0, sizeof any);
  any.local.sun_family = AF_UNIX;
  path.copy(any.local.sun_path, sizeof any.local.sun_path - 1);
  return listen_on(any, sizeof any.local, 128);
}

std::uint16_t RawSocket::port() const {
  AnyAddress any;
  socklen_t size = sizeof any;
  check(::getsockname(fd_, &any.any, &size), "getsockname");
  if (any.any.sa_family == AF_INET) return ntohs(any.v4.sin_port);
  return any.any.sa_family == AF_INET6 ? ntohs(any.v6.sin6_port) : std::uint16_t{0};
}

bool RawSocket::read_some(std::string& into) const {
  std::array<char, 64 * 1024> block;
  ssize_t n = 0;
  do {
    n = ::recv(fd_, block.data(), block.size(), 0);
  } while (n < 0 && errno == EINTR);
  if (n <= 0) return false;
  into.append(block.data(), static_cast<std::size_t>(n));
  return true;
}

bool RawSocket::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

void RawSocket::half_close() const noexcept { ::shutdown(fd_, SHUT_WR); }

void RawSocket::shut_down() const noexcept { ::shutdown(fd_, SHUT_RDWR); }

void RawSocket::close() noexcept {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void RawSocket::reset() noexcept {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

}  // namespace wf::test
