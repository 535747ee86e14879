#include "tests/walk/http_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "proxy/base/ascii.hpp"

namespace wf::test {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

RawSocket connect_to(std::uint16_t port) {
  RawSocket socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!socket.is_open()) fail("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    fail("connect");
  }
  const timeval patience{HttpClient::kPatience, 0};
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return socket;
}

bool contains(const OwnedFields& fields, std::string_view name) {
  return std::any_of(fields.begin(), fields.end(),
                     [&](const OwnedField& f) { return ascii::iequals(f.name, name); });
}

}  // namespace

std::string_view Response::field(std::string_view name) const {
  const auto it = std::find_if(fields.begin(), fields.end(),
                               [&](const OwnedField& f) { return ascii::iequals(f.name, name); });
  return it == fields.end() ? std::string_view{} : std::string_view{it->value};
}

bool Response::has(std::string_view name) const { return contains(fields, name); }

unsigned Response::serial() const {
  return static_cast<unsigned>(ascii::parse_uint(field("X-Serial")).value_or(0));
}

bool Response::says(std::string_view word) const {
  std::string_view rest = field("Cache-Status");
  while (!rest.empty()) {
    const auto size = std::min(rest.find(';'), rest.size());
    if (ascii::trim(rest.substr(0, size)) == word) return true;
    rest.remove_prefix(std::min(size + 1, rest.size()));
  }
  return false;
}

std::string to_text(const ClientRequest& request) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\n";
  if (!contains(request.fields, "Host")) {
    text.append("Host: ").append(HttpClient::kHost).append("\r\n");
  }
  for (const OwnedField& field : request.fields) text += field.name + ": " + field.value + "\r\n";
  if (!request.body.empty() && !contains(request.fields, "Content-Length")) {
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return text + "\r\n" + request.body;
}

HttpClient::HttpClient(std::uint16_t port) : socket_(connect_to(port)) {}

bool HttpClient::send(const ClientRequest& request) { return send(to_text(request)); }

Response HttpClient::ask(const ClientRequest& request) {
  static_cast<void>(send(request));
  return read(request.method);
}

Response HttpClient::get(std::string target, OwnedFields fields) {
  return ask({"GET", std::move(target), std::move(fields), {}});
}

HttpClient::Got HttpClient::receive() {
  std::array<char, 64 * 1024> block;
  ssize_t n = 0;
  do {
    n = ::recv(socket_.fd(), block.data(), block.size(), 0);
  } while (n < 0 && errno == EINTR);
  if (n == 0) return Got::End;
  if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Got::Late : Got::Broken;
  unread_.append(block.data(), static_cast<std::size_t>(n));
  return Got::Bytes;
}

bool HttpClient::receive_or_cut(Response& response) {
  const Got got = receive();
  if (got == Got::Bytes) return true;
  response.end = got == Got::Late ? End::Late : End::Cut;
  if (got == Got::End && framing_ == Framing::UntilClose) response.end = End::Whole;
  return false;
}

bool HttpClient::read_line(Response& response, std::string& line) {
  std::size_t end = 0;
  while ((end = unread_.find("\r\n")) == std::string::npos) {
    if (!receive_or_cut(response)) return false;
  }
  line = unread_.substr(0, end);
  unread_.erase(0, end + 2);
  return true;
}

bool HttpClient::read_one_head(Response& response) {
  std::string line;
  if (!read_line(response, line)) return false;
  // "HTTP/1.1 200 …"
  constexpr std::size_t kStatusAt = 9;
  constexpr std::size_t kStatusSize = 3;
  if (line.size() < kStatusAt + kStatusSize) return false;
  const auto status = ascii::parse_uint(std::string_view{line}.substr(kStatusAt, kStatusSize));
  while (read_line(response, line)) {
    if (line.empty()) {
      response.status = static_cast<unsigned>(status.value_or(0));
      return true;
    }
    const std::size_t colon = std::min(line.find(':'), line.size());
    const std::string_view value = std::string_view{line}.substr(std::min(colon + 1, line.size()));
    response.fields.push_back({line.substr(0, colon), std::string{ascii::trim(value)}});
  }
  return false;
}

void HttpClient::choose_framing(const Response& response, std::string_view method) {
  remaining_ = 0;
  const bool bodiless =
      method == "HEAD" || response.status < 200 || response.status == 204 || response.status == 304;
  if (bodiless) {
    framing_ = Framing::None;
  } else if (response.has("Transfer-Encoding")) {
    framing_ = Framing::Chunked;
  } else if (response.has("Content-Length")) {
    framing_ = Framing::Length;
    remaining_ = ascii::parse_uint(response.field("Content-Length")).value_or(0);
  } else {
    framing_ = Framing::UntilClose;
  }
}

Response HttpClient::read_head(std::string_view method) {
  Response response;
  framing_ = Framing::None;
  while (read_one_head(response)) {
    const bool interim = response.status < 200 && response.status != 101;
    if (!interim) {
      choose_framing(response, method);
      const bool empty =
          framing_ == Framing::None || (framing_ == Framing::Length && remaining_ == 0);
      if (empty) {
        response.end = End::Whole;
        framing_ = Framing::None;
      }
      return response;
    }
    response.interim.push_back(response.status);
    response.fields.clear();
    response.status = 0;
  }
  return response;
}

bool HttpClient::next_chunk(Response& response) {
  std::string line;
  if (!read_line(response, line)) return false;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), remaining_, 16);
  if (error != std::errc{} || end == line.data()) return false;
  if (remaining_ > 0) return true;
  while (read_line(response, line)) {
    if (!line.empty()) continue;  // trailers
    response.end = End::Whole;
    framing_ = Framing::None;
    return false;
  }
  return false;
}

bool HttpClient::step(Response& response) {
  if (framing_ == Framing::None) return false;
  if (framing_ == Framing::Chunked && remaining_ == 0) return next_chunk(response);
  if (unread_.empty() && !receive_or_cut(response)) return false;
  std::size_t n = unread_.size();
  if (framing_ != Framing::UntilClose) n = std::min<std::uint64_t>(n, remaining_);
  response.body.append(unread_, 0, n);
  unread_.erase(0, n);
  if (framing_ == Framing::UntilClose) return true;
  remaining_ -= n;
  if (remaining_ > 0) return true;
  if (framing_ == Framing::Chunked) {
    std::string line;  // the line's end after a chunk
    return read_line(response, line);
  }
  response.end = End::Whole;
  framing_ = Framing::None;
  return false;
}

void HttpClient::read_body(Response& response, std::size_t at_least) {
  while (response.body.size() < at_least && step(response)) {
  }
}

void HttpClient::read_rest(Response& response) {
  while (step(response)) {
  }
}

Response HttpClient::read(std::string_view method) {
  Response response = read_head(method);
  read_rest(response);
  return response;
}

bool HttpClient::ended() {
  if (!unread_.empty()) return false;
  const Got got = receive();
  return got == Got::End || got == Got::Broken;
}

bool HttpClient::readable() const {
  pollfd ready{socket_.fd(), POLLIN, 0};
  return !unread_.empty() || ::poll(&ready, 1, 0) > 0;
}

Response get(std::uint16_t port, std::string target, OwnedFields fields) {
  return HttpClient{port}.get(std::move(target), std::move(fields));
}

Response ask(std::uint16_t port, const ClientRequest& request) {
  return HttpClient{port}.ask(request);
}

}  // namespace wf::test
