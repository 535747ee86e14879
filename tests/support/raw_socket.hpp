// A blocking socket for tests. It shares no code with what is tested.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wf::test {

/// Owns a descriptor. Failures of the peer are values, failures of the set-up throw.
class RawSocket {
 public:
  RawSocket() = default;
  explicit RawSocket(int fd) noexcept : fd_(fd) {}
  RawSocket(RawSocket&& other) noexcept;
  RawSocket& operator=(RawSocket&& other) noexcept;
  ~RawSocket() { close(); }

  /// Port 0 lets the kernel choose. IPv6 where the address holds a colon.
  [[nodiscard]] static RawSocket listen_tcp(const std::string& address, std::uint16_t port,
                                            int backlog);
  [[nodiscard]] static RawSocket listen_unix(const std::string& path);
  [[nodiscard]] std::uint16_t port() const;

  /// Appends what one read yields; false at the end or when the connection broke.
  [[nodiscard]] bool read_some(std::string& into) const;
  /// False when the peer takes no more.
  [[nodiscard]] bool write(std::string_view bytes) const;
  void half_close() const noexcept;
  /// Ends both directions, waking who waits in a read or a write; the descriptor stays.
  void shut_down() const noexcept;
  void close() noexcept;
  /// Closes with RST instead of FIN (SO_LINGER 0).
  void reset() noexcept;

  [[nodiscard]] int fd() const noexcept { return fd_; }
  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace wf::test
