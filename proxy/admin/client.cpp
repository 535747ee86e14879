#include "proxy/admin/client.hpp"

#include <sys/socket.h>

#include <optional>

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "proxy/base/ascii.hpp"
#include "proxy/net/connect.hpp"

namespace wf::admin {

namespace asio = boost::asio;
using asio::ip::tcp;
using Socket = asio::generic::stream_protocol::socket;

namespace {

Error failed(const config::Address& address, std::string_view why) {
  return {ErrorCode::Unavailable, Side::Self, Retry::No,
          fmt::format("{}: {}", net::to_string(address), why)};
}

/// An address to listen on is one to connect to, but for "every address".
std::string host_to_connect(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  return host == "::" ? "::1" : host;
}

boost::system::error_code connect(Socket& socket, const config::Address& address) {
  boost::system::error_code ec;
  if (!address.unix_path.empty()) {
    socket.connect(asio::local::stream_protocol::endpoint{address.unix_path}, ec);
    return ec;
  }
  tcp::resolver resolver{socket.get_executor()};
  const auto found =
      resolver.resolve(host_to_connect(address.host), std::to_string(address.port), ec);
  for (const auto& each : found) {
    boost::system::error_code ignored;
    socket.close(ignored);
    socket.connect(each.endpoint(), ec);
    if (!ec) break;
  }
  return ec;
}

void set_timeout(Socket& socket, std::chrono::milliseconds timeout) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(timeout);
  const timeval limit{seconds.count(), std::chrono::microseconds{timeout - seconds}.count()};
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

std::string request_text(const AdminCall& call) {
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n",
                                 call.method, call.target);
  if (!call.token.empty()) text += fmt::format("Authorization: Bearer {}\r\n", call.token);
  if (!call.body.empty()) text += "Content-Type: application/json\r\n";
  return text + fmt::format("Content-Length: {}\r\n\r\n{}", call.body.size(), call.body);
}

/// Our own listener's answers: a status line, fields, and the body until the end.
std::optional<AdminReply> parse_reply(std::string_view text) {
  const auto end = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.1 ") || end == std::string_view::npos) return std::nullopt;
  const auto status = ascii::parse_uint(text.substr(9, 3));
  if (!status) return std::nullopt;
  return AdminReply{static_cast<unsigned>(*status), std::string{text.substr(end + 4)}};
}

}  // namespace

Result<AdminReply> ask_admin(const config::Address& address, const AdminCall& call) {
  asio::io_context context;
  Socket socket{context};
  boost::system::error_code ec = connect(socket, address);
  if (ec) return failed(address, ec.message());
  set_timeout(socket, call.timeout);
  asio::write(socket, asio::buffer(request_text(call)), ec);
  if (ec) return failed(address, ec.message());
  std::string text;
  asio::read(socket, asio::dynamic_buffer(text), ec);
  if (ec != asio::error::eof) return failed(address, ec.message());
  auto reply = parse_reply(text);
  if (!reply) return failed(address, "what answers there is no admin listener");
  return std::move(*reply);
}

}  // namespace wf::admin
