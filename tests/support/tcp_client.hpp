// A blocking client on 127.0.0.1 that can tell how its connection ended.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/support/raw_socket.hpp"

namespace wf::test {

/// Reads fail a test instead of hanging: after kPatience they yield what there is.
class TcpClient {
 public:
  static constexpr int kPatience = 40;  // seconds

  explicit TcpClient(std::uint16_t port) : socket_(connect(port)) {
    if (!socket_.is_open()) throw std::runtime_error("cannot connect");
    const timeval patience{kPatience, 0};
    ::setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  [[nodiscard]] static bool reachable(std::uint16_t port) { return connect(port).is_open(); }

  void send(std::string_view bytes) const {
    if (!socket_.write(bytes)) throw std::runtime_error("cannot send");
  }
  /// Up to and including `text`, or to the end.
  std::string read_until(std::string_view text) {
    std::string all;
    while (all.find(text) == std::string::npos && read_more(all)) {
    }
    return all;
  }
  std::string read_to_end() {
    std::string all;
    while (read_more(all)) {
    }
    return all;
  }
  /// One request, after which the connection is closed by the peer or by us.
  std::string ask(std::string request) {
    const auto end = request.find("\r\n\r\n");
    request.insert(end, "\r\nConnection: close");
    send(request);
    return read_to_end();
  }
  /// Whether there is something to read now.
  [[nodiscard]] bool readable() const {
    pollfd ready{socket_.fd(), POLLIN, 0};
    return ::poll(&ready, 1, 0) > 0;
  }
  /// Whether the last read ended with RST instead of an orderly end.
  [[nodiscard]] bool was_reset() const noexcept { return reset_; }

 private:
  static RawSocket connect(std::uint16_t port) {
    RawSocket socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    void* const at = &address;
    if (::connect(socket.fd(), static_cast<sockaddr*>(at), sizeof address) != 0) socket.close();
    return socket;
  }
  bool read_more(std::string& into) {
    std::array<char, 16384> piece{};
    const ssize_t n = ::recv(socket_.fd(), piece.data(), piece.size(), 0);
    reset_ = n < 0 && errno == ECONNRESET;
    if (n <= 0) return false;
    into.append(piece.data(), static_cast<std::size_t>(n));
    return true;
  }

  RawSocket socket_;
  bool reset_ = false;
};

}  // namespace wf::test
