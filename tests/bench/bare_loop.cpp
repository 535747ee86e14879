// The least that a server must do per request: what a benchmark measures the proxies against.
//
// One thread, one epoll loop. Every complete head that arrives is answered with the same 1 KiB of
// prepared JSON in one send. With REDIS_PORT each request first fetches that answer's body from
// Redis over one pipelined connection, all requests of a loop's turn in one write, and the body is
// sent on from the buffer it was received in. Nothing is parsed beyond the ends of heads, nothing
// is checked: a floor, not a server.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>

namespace {

constexpr std::size_t kBodyBytes = 1024;
constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nServer: bare-loop\r\nContent-Type: application/json\r\n"
    "Cache-Control: max-age=3600\r\nContent-Length: 1024\r\n\r\n";
constexpr std::string_view kGet = "*2\r\n$3\r\nGET\r\n$4\r\nbare\r\n";
constexpr std::string_view kReply = "$1024\r\n";
constexpr std::size_t kReplyBytes = kReply.size() + kBodyBytes + 2;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::_Exit(1);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void set_no_delay(int socket) {
  const int on = 1;
  (void)::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int listen_on(std::uint16_t port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  const sockaddr_in address = loopback(port);
  const void* raw = &address;
  if (::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) die("setsockopt");
  if (::bind(listener, static_cast<const sockaddr*>(raw), sizeof address) != 0) die("bind");
  if (::listen(listener, SOMAXCONN) != 0) die("listen");
  return listener;
}

int connect_to(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = loopback(port);
  const void* raw = &address;
  if (::connect(socket, static_cast<const sockaddr*>(raw), sizeof address) != 0) die("connect");
  set_no_delay(socket);
  return socket;
}

class Loop {
 public:
  Loop(std::uint16_t port, std::uint16_t redis_port);
  [[noreturn]] void run();

 private:
  void store_body();
  void accept_all();
  void serve(int socket);
  void answer(int socket, std::string_view body) const;
  void receive_replies();
  void ask_redis();
  void watch(int socket) const;

  int listener_;
  int epoll_;
  int redis_ = -1;
  std::string body_ = std::string(kBodyBytes, 'x');
  std::string commands_;
  std::deque<int> waiting_;  // clients in the order in which Redis was asked for them
  std::string replies_;
};

Loop::Loop(std::uint16_t port, std::uint16_t redis_port)
    : listener_(listen_on(port)), epoll_(::epoll_create1(0)) {
  watch(listener_);
  if (redis_port == 0) return;
  redis_ = connect_to(redis_port);
  store_body();
  watch(redis_);
}

void Loop::store_body() {
  std::string command = "*3\r\n$3\r\nSET\r\n$4\r\nbare\r\n$1024\r\n" + body_ + "\r\n";
  std::array<char, 16> reply{};
  if (::send(redis_, command.data(), command.size(), 0) < 0) die("redis: send");
  if (::recv(redis_, reply.data(), 5, MSG_WAITALL) != 5) die("redis: SET");
}

void Loop::watch(int socket) const {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = socket;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0) die("epoll_ctl");
}

void Loop::run() {
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    if (ready < 0 && errno != EINTR) die("epoll_wait");
    for (std::size_t i = 0; i < static_cast<std::size_t>(ready < 0 ? 0 : ready); ++i) {
      const int socket = events.at(i).data.fd;
      if (socket == listener_) {
        accept_all();
      } else if (socket == redis_) {
        receive_replies();
      } else {
        serve(socket);
      }
    }
    if (!commands_.empty()) ask_redis();
  }
}

void Loop::accept_all() {
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (socket < 0) return;
    set_no_delay(socket);
    watch(socket);
  }
}

// A load generator's requests are small and come whole: one that does not ends the connection.
void Loop::serve(int socket) {
  std::array<char, 8192> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): written
  const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0);
  if (got < 0 && errno == EAGAIN) return;
  std::string_view unread{buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  if (!unread.ends_with("\r\n\r\n")) {
    // An answer that is still owed must not go to whoever gets this number next.
    std::replace(waiting_.begin(), waiting_.end(), socket, -1);
    ::close(socket);
    return;
  }
  for (; !unread.empty(); unread.remove_prefix(unread.find("\r\n\r\n") + 4)) {
    if (redis_ < 0) {
      answer(socket, body_);
    } else {
      commands_ += kGet;
      waiting_.push_back(socket);
    }
  }
}

void Loop::answer(int socket, std::string_view body) const {
  std::array<iovec, 2> parts{};
  parts[0] = {const_cast<char*>(kHead.data()), kHead.size()};
  parts[1] = {const_cast<char*>(body.data()), body.size()};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  (void)::sendmsg(socket, &message, MSG_NOSIGNAL);
}

void Loop::ask_redis() {
  if (::send(redis_, commands_.data(), commands_.size(), MSG_NOSIGNAL) < 0) die("redis: send");
  commands_.clear();
}

void Loop::receive_replies() {
  std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): written
  const ssize_t got = ::recv(redis_, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got <= 0) die("redis: recv");
  replies_.append(buffer.data(), static_cast<std::size_t>(got));
  std::string_view unread = replies_;
  while (unread.size() >= kReplyBytes) {
    answer(waiting_.front(), unread.substr(kReply.size(), kBodyBytes));
    waiting_.pop_front();
    unread.remove_prefix(kReplyBytes);
  }
  replies_.erase(0, replies_.size() - unread.size());
}

std::uint16_t parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool whole = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
  return whole ? port : std::uint16_t{0};
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint16_t port = argc > 1 ? parse_port(argv[1]) : std::uint16_t{0};
  if (port == 0 || argc > 3) {
    std::fputs("usage: bench_bare_loop PORT [REDIS_PORT]\n", stderr);
    return 2;
  }
  Loop loop(port, argc == 3 ? parse_port(argv[2]) : std::uint16_t{0});
  loop.run();
}
