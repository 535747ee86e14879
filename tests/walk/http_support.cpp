#include "tests/walk/http_support.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <system_error>

#include "proxy/server/server.hpp"

namespace wf::test {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

template <class Address>
void connect(const RawSocket& socket, const Address& address) {
  const auto* any = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(socket.fd(), any, sizeof address) != 0) fail("connect");
}

RawSocket open_socket(int family) {
  RawSocket socket{::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!socket.is_open()) fail("socket");
  const timeval patience{HttpClient::kPatience, 0};
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return socket;
}

}  // namespace

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "wf-walk-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) fail("mkdtemp");
  directory_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string TempDir::path(std::string_view name) const { return (directory_ / name).string(); }

config::Config pass_config(const ScriptedOrigin& origin) {
  config::Config config = config_for(origin);
  config.routes.back().cache.reset();
  return config;
}

config::Config config_for(const ScriptedOrigin& origin, Caching caching) {
  return caching == Caching::On ? config_for(origin) : pass_config(origin);
}

config::Upstream& upstream_of(config::Config& config) { return config.upstreams.begin()->second; }

AccessLogFile::AccessLogFile(config::Config& config) {
  config.log.access = directory_.path("access.log");
}

std::vector<std::string> AccessLogFile::lines() const {
  std::ifstream file{directory_.path("access.log")};
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::string AccessLogFile::line(std::size_t number) const {
  std::vector<std::string> found;
  static_cast<void>(eventually([&] {
    found = lines();
    return found.size() >= number;
  }));
  return found.size() >= number ? found[number - 1] : std::string{};
}

bool has(std::string_view line, std::string_view name, std::string_view text) {
  std::string member{"\""};
  member.append(name).append("\":\"").append(text).append("\"");
  return line.find(member) != std::string_view::npos;
}

std::string read_to_end(const RawSocket& socket) {
  std::string text;
  while (socket.read_some(text)) {
  }
  return text;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at)) {
    ++n;
    at += part.size();
  }
  return n;
}

std::string converse(std::uint16_t port, std::string_view bytes) {
  const RawSocket socket = connect_to({"127.0.0.1", port, {}});
  static_cast<void>(socket.write(bytes));
  return read_to_end(socket);
}

RawSocket connect_to(const config::Address& address) {
  if (!address.unix_path.empty()) {
    RawSocket socket = open_socket(AF_UNIX);
    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    address.unix_path.copy(local.sun_path, sizeof local.sun_path - 1);
    connect(socket, local);
    return socket;
  }
  if (address.host.find(':') != std::string::npos) {
    RawSocket socket = open_socket(AF_INET6);
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(address.port);
    ::inet_pton(AF_INET6, address.host.c_str(), &six.sin6_addr);
    connect(socket, six);
    return socket;
  }
  RawSocket socket = open_socket(AF_INET);
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(address.port);
  ::inet_pton(AF_INET, address.host.c_str(), &four.sin_addr);
  connect(socket, four);
  return socket;
}

std::uint64_t tallied(Proxy& proxy, observe::Count observe::Tally::*what) {
  std::uint64_t sum = 0;
  for (server::Worker* worker : proxy.server().workers()) sum += (worker->tally().*what).get();
  return sum;
}

std::uint64_t refused_by(Proxy& proxy, message::Rule rule) {
  std::uint64_t sum = 0;
  for (server::Worker* worker : proxy.server().workers()) {
    sum += worker->tally().refusals().at(static_cast<std::size_t>(rule)).get();
  }
  return sum;
}

}  // namespace wf::test
