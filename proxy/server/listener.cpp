#include "proxy/server/listener.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "proxy/net/alarm.hpp"
#include "proxy/net/connect.hpp"
#include "proxy/net/notifier.hpp"
#include "proxy/observe/log.hpp"
#include "proxy/server/connection.hpp"

namespace wf::server {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr net::milliseconds kPause{100};
/// Then those who are connected already have their turn.
constexpr int kAtOnce = 16;

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

[[noreturn]] void fail(const config::Address& address, const boost::system::error_code& ec) {
  throw std::runtime_error("cannot listen on " + net::to_string(address) + ": " + ec.message());
}

tcp::endpoint resolve_listen(const config::Address& address, std::uint16_t port) {
  boost::system::error_code ec;
  const auto ip = asio::ip::make_address(address.host, ec);
  if (!ec) return {ip, port};
  asio::io_context context;
  tcp::resolver resolver{context};
  const auto found =
      resolver.resolve(address.host, std::to_string(port), asio::ip::resolver_base::passive, ec);
  if (ec || found.empty()) fail(address, ec);
  return found.begin()->endpoint();
}

/// Our workers share the port, and so would the workers of another proxy that somebody forgot: the
/// kernel would give each half of the connections. A socket that does not share finds it out.
void refuse_if_taken(const config::Address& address, const tcp::endpoint& endpoint) {
  asio::io_context context;
  tcp::acceptor probe{context};
  boost::system::error_code ec;
  probe.open(endpoint.protocol(), ec);
  if (!ec) probe.set_option(asio::socket_base::reuse_address{true}, ec);
  if (!ec) probe.bind(endpoint, ec);
  if (ec) fail(address, ec);
}

DeskRules rules_for(const std::shared_ptr<const config::Config>& config, std::size_t listener) {
  message::RequestRules rules;
  rules.limits = config->limits;
  rules.hosts = config->listen[listener].hosts;
  for (const config::Route& route : config->routes) {
    for (const std::string& method : route.match.methods) {
      if (!policy::is_usual(policy::parse_method(method))) rules.methods.push_back(method);
    }
  }
  return {std::move(rules), config};
}

bool is_transient(int error) noexcept { return error == ECONNABORTED || error == EINTR; }

/// Closed unless somebody takes it over.
class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  void release() noexcept { fd_ = -1; }

 private:
  int fd_;
};

}  // namespace

Acceptor::Acceptor(Worker& worker, std::size_t number, const Acceptor* sibling)
    : worker_(worker),
      number_(number),
      listener_(worker.config().listen[number]),
      desks_(rules_for(worker.shared().config, number)),
      next_(worker.executor()),
      socket_(worker.executor()) {
  const config::Address& address = listener_.address;
  if (address.unix_path.empty()) {
    open_tcp(address, sibling);
  } else {
    open_unix(address, sibling);
  }
  socket_.native_non_blocking(true);
  protocol_ = socket_.local_endpoint().protocol();
}

void Acceptor::adopt(const std::shared_ptr<const config::Config>& config) {
  desks_.replace(rules_for(config, number_));
}

void Acceptor::open_tcp(const config::Address& address, const Acceptor* sibling) {
  const std::uint16_t port = sibling == nullptr ? address.port : sibling->port();
  const tcp::endpoint endpoint = resolve_listen(address, port);
  if (sibling == nullptr) refuse_if_taken(address, endpoint);
  boost::system::error_code ec;
  socket_.open(endpoint.protocol(), ec);
  if (!ec) socket_.set_option(asio::socket_base::reuse_address{true}, ec);
  if (!ec) socket_.set_option(ReusePort{true}, ec);
  if (!ec) socket_.bind(endpoint, ec);
  if (!ec) socket_.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) fail(address, ec);
  tcp::endpoint bound;
  const auto local = socket_.local_endpoint();
  bound.resize(local.size());
  std::memcpy(bound.data(), local.data(), local.size());
  port_ = bound.port();
}

void Acceptor::open_unix(const config::Address& address, const Acceptor* sibling) {
  boost::system::error_code ec;
  const asio::local::stream_protocol::endpoint endpoint{address.unix_path};
  if (sibling != nullptr) {
    const int copy = ::dup(const_cast<Socket&>(sibling->socket_).native_handle());
    socket_.assign(endpoint.protocol(), copy, ec);
    if (ec) fail(address, ec);
    return;
  }
  // A socket that a killed process left behind; one that still answers is not taken away.
  asio::io_context context;
  asio::local::stream_protocol::socket probe{context};
  probe.connect(endpoint, ec);
  if (!ec) fail(address, asio::error::address_in_use);
  ::unlink(address.unix_path.c_str());
  ec.clear();
  socket_.open(endpoint.protocol(), ec);
  if (!ec) socket_.bind(endpoint, ec);
  if (!ec) socket_.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) fail(address, ec);
  owns_path_ = true;
}

void Acceptor::close() noexcept {
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (owns_path_) ::unlink(listener_.address.unix_path.c_str());
}

void Acceptor::take(net::Socket socket) {
  boost::system::error_code ignored;
  const bool full = worker_.connections().running() >= worker_.connection_limit();
  if (full) worker_.tally().over_connection_limit.add();
  std::optional<message::IpAddress> peer = peer_of(socket);
  const bool is_tcp = listener_.address.unix_path.empty();
  // A client that has no address any more has left already.
  if (full || worker_.draining() || peer.has_value() != is_tcp) {
    socket.close(ignored);
    return;
  }
  if (is_tcp) socket.set_option(tcp::no_delay{true}, ignored);
  worker_.connections().spawn(
      serve_connection(worker_, entrance_, std::move(socket), std::move(peer)));
}

/// Nothing: there may be more.
std::error_code Acceptor::take_next() {
  const int fd = ::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0 && is_transient(errno)) return {};
  if (fd < 0) return {errno, std::system_category()};
  Descriptor owned{fd};
  net::Socket peer{worker_.executor()};
  boost::system::error_code ec;
  peer.assign(protocol_, fd, ec);
  if (ec) return ec;
  owned.release();
  take(std::move(peer));
  return {};
}

void Acceptor::watch() {
  const auto ready = [this] {
    watching_ = false;
    next_.ring();
  };
  watching_ = true;
  socket_.async_wait(Socket::wait_read, net::Reserved<decltype(ready)>{&waiting_, ready});
}

net::Task<void> Acceptor::run() {
  while (socket_.is_open()) {
    std::error_code error;
    for (int taken = 0; taken < kAtOnce && !error; ++taken) error = take_next();
    if (error && error != std::errc::operation_would_block) {
      spdlog::warn("accepting: {}; pausing", error.message());
      co_await next_.until(net::after(kPause));
      continue;
    }
    watch();
    while (watching_) co_await next_.until(net::Alarm::TimePoint::max());
  }
}

}  // namespace wf::server
