#include "tests/support/black_hole.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>

namespace wf::test {

namespace {

// On loopback a connection that can be made is made at once.
constexpr int kMadeAtOnceMs = 50;

bool connects(const RawSocket& socket, std::uint16_t port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr any{};
  std::memcpy(&any, &to, sizeof to);
  if (::connect(socket.fd(), &any, sizeof to) == 0) return true;
  pollfd writable{socket.fd(), POLLOUT, 0};
  return ::poll(&writable, 1, kMadeAtOnceMs) == 1;
}

}  // namespace

BlackHole::BlackHole() : listener_(RawSocket::listen_tcp("127.0.0.1", 0, 0)) {
  const std::uint16_t port = listener_.port();
  do {
    fillers_.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  } while (connects(fillers_.back(), port));
}

config::Address BlackHole::address() const { return {"127.0.0.1", listener_.port(), {}}; }

}  // namespace wf::test
