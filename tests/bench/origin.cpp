// An origin that costs next to nothing, so that a benchmark measures what stands before it.
//
// One thread, epoll, HTTP/1.1 with keep-alive and pipelining, requests without body. Every answer
// is the same 1 KiB of JSON. What may be stored, for an hour: /hot…, /k/…; /large, of 100 KiB;
// /cold/… after 100 ms and /slow/… after 300 ms. Any other path is no-store. GET /_count says how
// many other requests came, by which a benchmark proves that its hits were hits.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kBodyBytes = 1024;
constexpr std::size_t kLargeBytes = 100 * 1024;
constexpr std::size_t kMaxHeadBytes = 64 * 1024;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::_Exit(1);
}

std::string answer(std::string_view cache_control, std::string_view body) {
  std::string text =
      "HTTP/1.1 200 OK\r\nServer: bench-origin\r\nContent-Type: application/json\r\n";
  text.append("Cache-Control: ").append(cache_control);
  text.append("\r\nContent-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  return text.append(body);
}

std::string json_body(std::size_t size) {
  std::string body = R"({"filler":")";
  body.append(size - body.size() - 2, 'x');
  return body.append("\"}");
}

/// What one connection has sent that is not answered, and what it was not able to take yet.
struct Connection {
  std::string in;
  std::string out;
  bool waits = false;  ///< for room to send
};

/// Answers that are owed later, all by the same time: the oldest is due first.
struct Delayed {
  std::string_view prefix;
  std::chrono::milliseconds by;
  struct Due {
    SteadyClock::time_point at;
    int socket;
  };
  std::deque<Due> due;
};

class Origin {
 public:
  explicit Origin(std::uint16_t port);
  [[noreturn]] void run();

 private:
  void accept_all();
  /// False when the connection is over.
  bool serve(int socket, Connection& connection);
  bool receive(int socket, Connection& connection);
  bool answer_complete_heads(int socket, Connection& connection);
  void answer_one(int socket, Connection& connection, std::string_view target);
  [[nodiscard]] const std::string& answer_for(std::string_view target) const;
  void answer_due();
  void close(int socket);
  [[nodiscard]] int milliseconds_to_wait() const;
  bool send(int socket, Connection& connection);
  void watch(int socket, std::uint32_t events, int operation);

  int listener_;
  int epoll_;
  std::uint64_t count_ = 0;
  std::string hot_ = answer("max-age=3600", json_body(kBodyBytes));
  std::string large_ = answer("max-age=3600", json_body(kLargeBytes));
  std::string pass_ = answer("no-store", json_body(kBodyBytes));
  std::array<Delayed, 2> delayed_{{{"/cold/", std::chrono::milliseconds{100}, {}},
                                   {"/slow/", std::chrono::milliseconds{300}, {}}}};
  std::unordered_map<int, Connection> connections_;
};

Origin::Origin(std::uint16_t port)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)), epoll_(::epoll_create1(0)) {
  const int on = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) die("setsockopt");
  const void* raw = &address;
  if (::bind(listener_, static_cast<const sockaddr*>(raw), sizeof address) != 0) die("bind");
  if (::listen(listener_, SOMAXCONN) != 0) die("listen");
  watch(listener_, EPOLLIN, EPOLL_CTL_ADD);
}

void Origin::watch(int socket, std::uint32_t events, int operation) {
  epoll_event event{};
  event.events = events;
  event.data.fd = socket;
  if (::epoll_ctl(epoll_, operation, socket, &event) != 0) die("epoll_ctl");
}

void Origin::run() {
  std::array<epoll_event, 256> events{};
  for (;;) {
    const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                   milliseconds_to_wait());
    if (ready < 0 && errno != EINTR) die("epoll_wait");
    for (std::size_t i = 0; i < static_cast<std::size_t>(ready < 0 ? 0 : ready); ++i) {
      const int socket = events.at(i).data.fd;
      if (socket == listener_) {
        accept_all();
      } else if (!serve(socket, connections_[socket])) {
        close(socket);
      }
    }
    answer_due();
  }
}

int Origin::milliseconds_to_wait() const {
  const bool owed = std::any_of(delayed_.begin(), delayed_.end(),
                                [](const Delayed& delayed) { return !delayed.due.empty(); });
  return owed ? 1 : -1;
}

void Origin::answer_due() {
  for (Delayed& delayed : delayed_) {
    while (!delayed.due.empty() && delayed.due.front().at <= SteadyClock::now()) {
      const int socket = delayed.due.front().socket;
      delayed.due.pop_front();
      const auto found = connections_.find(socket);
      if (found == connections_.end()) continue;
      found->second.out.append(hot_);
      if (!send(socket, found->second)) close(socket);
    }
  }
}

void Origin::close(int socket) {
  connections_.erase(socket);
  for (Delayed& delayed : delayed_) {
    std::erase_if(delayed.due, [socket](const Delayed::Due& due) { return due.socket == socket; });
  }
  ::close(socket);
}

void Origin::accept_all() {
  const int on = 1;
  for (;;) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (socket < 0) return;
    (void)::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(socket, EPOLLIN, EPOLL_CTL_ADD);
  }
}

bool Origin::serve(int socket, Connection& connection) {
  return receive(socket, connection) && answer_complete_heads(socket, connection) &&
         send(socket, connection);
}

bool Origin::receive(int socket, Connection& connection) {
  std::array<char, 16 * 1024> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): written
  const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0);
  if (got > 0) connection.in.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

bool Origin::answer_complete_heads(int socket, Connection& connection) {
  std::string_view unread = connection.in;
  for (;;) {
    const std::size_t end = unread.find("\r\n\r\n");
    if (end == std::string_view::npos) break;
    const std::size_t space = unread.find(' ');
    const std::string_view target = unread.substr(space < end ? space + 1 : end);
    answer_one(socket, connection, target);
    unread.remove_prefix(end + 4);
  }
  connection.in.erase(0, connection.in.size() - unread.size());
  return connection.in.size() <= kMaxHeadBytes;
}

void Origin::answer_one(int socket, Connection& connection, std::string_view target) {
  if (target.starts_with("/_count ")) {
    connection.out.append(answer("no-store", std::to_string(count_)));
    return;
  }
  ++count_;
  for (Delayed& delayed : delayed_) {
    if (!target.starts_with(delayed.prefix)) continue;
    delayed.due.push_back({SteadyClock::now() + delayed.by, socket});
    return;
  }
  connection.out.append(answer_for(target));
}

const std::string& Origin::answer_for(std::string_view target) const {
  if (target.starts_with("/large")) return large_;
  return target.starts_with("/hot") || target.starts_with("/k/") ? hot_ : pass_;
}

bool Origin::send(int socket, Connection& connection) {
  if (connection.out.empty()) return true;
  const ssize_t sent = ::send(socket, connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) return false;
  if (sent > 0) connection.out.erase(0, static_cast<std::size_t>(sent));
  // Without this test every answer would cost one more system call.
  const bool waits = !connection.out.empty();
  if (waits != connection.waits) {
    connection.waits = waits;
    watch(socket, waits ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 0;
  const std::string_view text = argc == 2 ? argv[1] : "";
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) {
    std::fputs("usage: bench_origin PORT\n", stderr);
    return 2;
  }
  Origin origin(port);
  origin.run();
}
