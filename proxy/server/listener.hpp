// Where clients come in: one socket per worker on the same address, the kernel shares out.
#pragma once

#include <memory>
#include <system_error>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>

#include "proxy/server/caller.hpp"
#include "proxy/server/desk.hpp"
#include "proxy/server/worker.hpp"

namespace wf::server {

/// A listening socket of one worker.
class Acceptor {
 public:
  using Socket =
      boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol, net::Executor>;

  /// Binds and listens on the `number`-th address of the configuration. With `sibling`, takes the
  /// port that the sibling got, or shares its unix socket. Throws std::runtime_error that names the
  /// address.
  Acceptor(Worker& worker, std::size_t number, const Acceptor* sibling);

  /// Accepts until `close`. Out of file descriptors it pauses instead of spinning (FM-35).
  [[nodiscard]] net::Task<void> run();
  void close() noexcept;
  /// Heads that begin from now on are held against the limits and hosts of this configuration,
  /// which has the same addresses.
  void adopt(const std::shared_ptr<const config::Config>& config);
  /// The TCP port that it got; 0 for a unix socket.
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  void open_tcp(const config::Address& address, const Acceptor* sibling);
  void open_unix(const config::Address& address, const Acceptor* sibling);
  [[nodiscard]] std::error_code take_next();
  void take(net::Socket socket);
  /// Has the socket watched until somebody comes, or it is closed.
  void watch();

  Worker& worker_;
  const std::size_t number_;
  const config::Listener& listener_;  // as it was at the start
  DeskStock desks_;
  const Entrance entrance_{desks_, listener_};
  net::Alarm next_;  // who comes waits
  net::Reserve waiting_;
  bool watching_ = false;
  Socket socket_;
  boost::asio::generic::stream_protocol protocol_{0, 0};  // of the socket, and of who comes
  std::uint16_t port_ = 0;
  bool owns_path_ = false;
};

}  // namespace wf::server
