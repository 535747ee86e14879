// Where clients come in: one socket per worker on the same address, the kernel shares out.
#pragma once

#include <memory>
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

  /// Binds and listens. With `sibling`, takes the port that the sibling got, or shares its unix
  /// socket. Throws std::runtime_error that names the address.
  Acceptor(Worker& worker, const config::Listener& listener, const Acceptor* sibling);

  /// Accepts until `close`. Out of file descriptors it pauses instead of spinning (FM-35).
  [[nodiscard]] net::Task<void> run();
  void close() noexcept;
  /// The TCP port that it got; 0 for a unix socket.
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  void open_tcp(const config::Address& address, const Acceptor* sibling);
  void open_unix(const config::Address& address, const Acceptor* sibling);
  void take(net::Socket socket);

  Worker& worker_;
  const config::Listener& listener_;
  DeskStock desks_;
  const Entrance entrance_{desks_, listener_};
  Socket socket_;
  std::uint16_t port_ = 0;
  bool owns_path_ = false;
};

}  // namespace wf::server
