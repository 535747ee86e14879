#include "proxy/net/connect.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/this_coro.hpp>

namespace wf::net {

using asio::ip::tcp;

namespace {

Error refused(Error error, const Endpoint& endpoint) {
  error.retry = Retry::Safe;
  error.detail = to_string(endpoint) + ": " + error.detail;
  return error;
}

Error last_error(const Endpoint& endpoint, Side side) {
  return refused(to_error({errno, boost::system::system_category()}, side), endpoint);
}

/// A socket that is connected, or about to be.
Result<int> begin_connect(const Endpoint& endpoint, Side side) {
  const int family = endpoint.protocol().family();
  const int socket = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return last_error(endpoint, side);
  if (family != AF_UNIX) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  const int failed = ::connect(socket, endpoint.data(), static_cast<socklen_t>(endpoint.size()));
  if (failed == 0 || errno == EINPROGRESS) return socket;
  Error error = last_error(endpoint, side);
  ::close(socket);
  return error;
}

}  // namespace

Task<Result<std::vector<Endpoint>>> resolve(config::Address address, Side side) {
  if (!address.unix_path.empty()) {
    co_return std::vector{Endpoint{asio::local::stream_protocol::endpoint{address.unix_path}}};
  }
  boost::system::error_code literal;
  const auto ip = asio::ip::make_address(address.host, literal);
  if (!literal) co_return std::vector{Endpoint{tcp::endpoint{ip, address.port}}};

  asio::ip::basic_resolver<tcp, Executor> resolver{co_await asio::this_coro::executor};
  const std::string service = std::to_string(address.port);
  auto [ec, results] = co_await resolver.async_resolve(
      address.host, service, asio::ip::resolver_base::address_configured, kTuple);
  if (ec) {
    co_return Error{ErrorCode::Unresolved, side, Retry::Safe, address.host + ": " + ec.message()};
  }
  std::vector<Endpoint> endpoints;
  for (const auto& entry : results) endpoints.emplace_back(entry.endpoint());
  if (endpoints.empty()) {
    co_return Error{ErrorCode::Unresolved, side, Retry::Safe, address.host + ": no address"};
  }
  co_return endpoints;
}

Task<Result<std::unique_ptr<Stream>>> connect(Endpoint endpoint, milliseconds timeout,
                                              DeadlineList& deadlines, Side side) {
  const Executor executor = co_await asio::this_coro::executor;
  const Result<int> socket = begin_connect(endpoint, side);
  if (!socket) co_return socket.error();
  auto stream = std::make_unique<Stream>(executor, *socket, deadlines, side);
  stream->expire_in(timeout);
  const Result<void> done = co_await stream->connected();
  if (stream->expired()) {
    co_return Error{ErrorCode::Timeout, side, Retry::Safe, "connecting to " + to_string(endpoint)};
  }
  if (!done) co_return refused(done.error(), endpoint);
  stream->never_expire();
  co_return stream;
}

std::string to_string(const Endpoint& endpoint) {
  if (endpoint.protocol().family() == AF_UNIX) {
    asio::local::stream_protocol::endpoint path;
    path.resize(endpoint.size());
    std::memcpy(path.data(), endpoint.data(), endpoint.size());
    return "unix:" + path.path();
  }
  tcp::endpoint address;
  address.resize(endpoint.size());
  std::memcpy(address.data(), endpoint.data(), endpoint.size());
  const std::string host = address.address().to_string();
  const std::string port = std::to_string(address.port());
  return address.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

std::string to_string(const config::Address& address) {
  if (!address.unix_path.empty()) return "unix:" + address.unix_path;
  const bool v6 = address.host.find(':') != std::string::npos;
  const std::string port = std::to_string(address.port);
  return v6 ? "[" + address.host + "]:" + port : address.host + ":" + port;
}

}  // namespace wf::net
