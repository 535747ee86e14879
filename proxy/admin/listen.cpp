#include "proxy/admin/listen.hpp"

#include <cstring>
#include <stdexcept>

#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "proxy/net/connect.hpp"

namespace wf::admin {

namespace asio = boost::asio;
using asio::ip::tcp;
using Generic = asio::generic::stream_protocol::endpoint;

namespace {

[[noreturn]] void fail(const config::Address& address, const boost::system::error_code& ec) {
  throw std::runtime_error("cannot listen on " + net::to_string(address) +
                           " (admin): " + ec.message());
}

Generic endpoint_of(const config::Address& address) {
  if (!address.unix_path.empty()) return asio::local::stream_protocol::endpoint{address.unix_path};
  boost::system::error_code ec;
  const auto ip = asio::ip::make_address(address.host, ec);
  if (!ec) return tcp::endpoint{ip, address.port};
  asio::io_context context;
  tcp::resolver resolver{context};
  const auto found = resolver.resolve(address.host, std::to_string(address.port),
                                      asio::ip::resolver_base::passive, ec);
  if (ec || found.empty()) fail(address, ec);
  return found.begin()->endpoint();
}

/// As a TCP endpoint, if it is one.
tcp::endpoint to_tcp(const Generic& endpoint) {
  tcp::endpoint out;
  out.resize(endpoint.size());
  std::memcpy(out.data(), endpoint.data(), endpoint.size());
  return out;
}

bool is_unix(const Generic& endpoint) { return endpoint.protocol().family() == AF_UNIX; }

}  // namespace

AdminSocket listen_on(net::Executor executor, const config::Address& address) {
  const Generic endpoint = endpoint_of(address);
  // What a killed process left behind; a path that is not a socket makes bind fail.
  if (is_unix(endpoint)) ::unlink(address.unix_path.c_str());
  AdminSocket socket{executor};
  boost::system::error_code ec;
  socket.open(endpoint.protocol(), ec);
  if (!ec) socket.set_option(asio::socket_base::reuse_address{true}, ec);
  if (!ec) socket.bind(endpoint, ec);
  if (!ec) socket.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) fail(address, ec);
  return socket;
}

std::uint16_t port_of(const AdminSocket& socket) {
  boost::system::error_code ec;
  const Generic endpoint = socket.local_endpoint(ec);
  return ec || is_unix(endpoint) ? std::uint16_t{0} : to_tcp(endpoint).port();
}

std::string address_of_peer(const net::Socket& socket) {
  boost::system::error_code ec;
  const Generic endpoint = socket.remote_endpoint(ec);
  return ec || is_unix(endpoint) ? std::string{} : to_tcp(endpoint).address().to_string();
}

}  // namespace wf::admin
