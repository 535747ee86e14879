#include "tests/fault_proxy/fault_proxy.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <stdexcept>

namespace wf::fault {

namespace {

using test::RawSocket;

/// A side that has so many bytes waiting is not read: the peer feels it.
constexpr std::size_t kHeld = 256U << 10U;
constexpr std::size_t kPiece = 16U << 10U;
constexpr int kBacklog = 512;

void make_non_blocking(const RawSocket& socket) {
  ::fcntl(socket.fd(), F_SETFL, ::fcntl(socket.fd(), F_GETFL) | O_NONBLOCK);
  const int on = 1;
  ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

RawSocket connect_unix(const std::string& path) {
  RawSocket socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const auto* any = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(socket.fd(), any, sizeof address) != 0) socket.close();
  return socket;
}

RawSocket connect_to(const config::Address& target) {
  if (target.host.empty()) return connect_unix(target.unix_path);
  RawSocket socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(target.port);
  ::inet_pton(AF_INET, target.host.c_str(), &address.sin_addr);
  const auto* any = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(socket.fd(), any, sizeof address) != 0) socket.close();
  return socket;
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Match(Cases...) -> Match<Cases...>;

}  // namespace

FaultProxy::FaultProxy(config::Address target, const std::string& host, std::uint16_t port)
    : target_(std::move(target)),
      host_(host),
      stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      listener_(RawSocket::listen_tcp(host, port, kBacklog)) {
  make_non_blocking(listener_);
  port_ = listener_.port();
  thread_ = std::thread{[this] { run(); }};
}

FaultProxy::~FaultProxy() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake();
  thread_.join();
}

void FaultProxy::wake() const {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(stop_.fd(), &one, sizeof one));
}

void FaultProxy::apply(const Command& command) {
  {
    const std::lock_guard lock{mutex_};
    obey(command);
  }
  wake();
}

void FaultProxy::apply(std::string_view line) {
  const auto command = parse_command(line);
  if (!command) throw std::invalid_argument(std::string{line} + ": " + command.error().what);
  apply(*command);
}

std::size_t FaultProxy::open() const {
  const std::lock_guard lock{mutex_};
  return links_.size();
}

void FaultProxy::obey(const Command& command) {
  const auto towards = [](Direction one, Direction other) {
    return one == other || one == Direction::Both;
  };
  std::visit(Match{
                 [&](const Change& change) {
                   if (towards(change.direction, Direction::Up)) up_ = changed(up_, change);
                   if (towards(change.direction, Direction::Down)) down_ = changed(down_, change);
                 },
                 [&](const Clear&) {
                   up_ = down_ = Faults{};
                   stalled_greeting_.clear();
                 },
                 [&](const Reset&) {
                   for (Link& link : links_) {
                     link.client.socket.reset();
                     link.server.socket.reset();
                   }
                   links_.clear();
                 },
                 [&](const HalfClose& half) {
                   for (Link& link : links_) {
                     if (towards(half.direction, Direction::Up)) link.server.socket.half_close();
                     if (towards(half.direction, Direction::Down)) link.client.socket.half_close();
                   }
                 },
                 [&](const Stall& which) { stall(which); },
                 [&](const Refuse&) {
                   // A socket that is closed while it is polled goes on listening until the poll
                   // ends.
                   listener_.shut_down();
                   listener_.close();
                 },
                 [&](const Accept&) {
                   if (listener_.is_open()) return;
                   listener_ = RawSocket::listen_tcp(host_, port_, kBacklog);
                   make_non_blocking(listener_);
                 },
             },
             command);
}

void FaultProxy::stall(const Stall& stall) {
  if (!stall.greeting.empty()) {
    stalled_greeting_ = stall.greeting;
    for (Link& link : links_) stall_if_named(link);
  } else if (stall.place < links_.size()) {
    std::next(links_.begin(), static_cast<std::ptrdiff_t>(stall.place))->stalled = true;
  }
}

void FaultProxy::stall_if_named(Link& link) const {
  if (stalled_greeting_.empty()) return;
  if (link.greeting.find(stalled_greeting_) != std::string::npos) link.stalled = true;
}

void FaultProxy::run() {
  while (turn()) {
    std::vector<pollfd> ready;
    int wait = 0;
    {
      const std::lock_guard lock{mutex_};
      const TimePoint now = std::chrono::steady_clock::now();
      ready = watched(now);
      wait = patience(now);
    }
    static_cast<void>(::poll(ready.data(), ready.size(), wait));
  }
}

bool FaultProxy::turn() {
  const std::lock_guard lock{mutex_};
  if (stopping_) return false;
  std::uint64_t woken = 0;
  static_cast<void>(!::read(stop_.fd(), &woken, sizeof woken));
  if (listener_.is_open()) accept_one();
  for (auto link = links_.begin(); link != links_.end();) {
    const bool goes_on = link->stalled || (relay(*link, link->client, link->server, up_) &&
                                           relay(*link, link->server, link->client, down_));
    link = goes_on ? std::next(link) : links_.erase(link);
  }
  return true;
}

int FaultProxy::patience(TimePoint now) const {
  int wait = -1;
  const auto consider = [&](const Pipe& pipe) {
    const auto next = pipe.next();
    if (!next || *next <= now) return;  // what is due waits for the peer, not for time
    const auto left = std::chrono::ceil<milliseconds>(*next - now).count();
    wait = wait < 0 ? static_cast<int>(left) : std::min(wait, static_cast<int>(left));
  };
  for (const Link& link : links_) {
    if (link.stalled) continue;
    consider(link.client.out);
    consider(link.server.out);
  }
  return wait;
}

std::vector<pollfd> FaultProxy::watched(TimePoint now) const {
  std::vector<pollfd> all{{stop_.fd(), POLLIN, 0}};
  if (listener_.is_open()) all.push_back({listener_.fd(), POLLIN, 0});
  const auto watch = [&](const Side& side, const Side& other) {
    short events = 0;
    if (!side.ended && side.out.held() < kHeld) events = POLLIN;
    if (!other.out.ready(now).empty()) events = static_cast<short>(events | POLLOUT);
    if (events != 0) all.push_back({side.socket.fd(), events, 0});
  };
  for (const Link& link : links_) {
    if (link.stalled) continue;
    watch(link.client, link.server);
    watch(link.server, link.client);
  }
  return all;
}

void FaultProxy::accept_one() {
  RawSocket client{::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
  if (!client.is_open()) return;
  RawSocket server = connect_to(target_);
  if (!server.is_open()) return client.reset();
  make_non_blocking(client);
  make_non_blocking(server);
  Link& link = links_.emplace_back();
  link.client.socket = std::move(client);
  link.server.socket = std::move(server);
}

bool FaultProxy::read_side(Link& link, Side& from, const Faults& faults) {
  std::array<char, kPiece> piece{};
  const ssize_t n = ::recv(from.socket.fd(), piece.data(), piece.size(), 0);
  if (n < 0) return would_block();
  if (n == 0) {
    from.ended = true;
    return true;
  }
  if (&from == &link.client && link.greeting.size() < kGreeting) {
    link.greeting.append(piece.data(), static_cast<std::size_t>(n));
    link.greeting.resize(std::min(link.greeting.size(), kGreeting));
    stall_if_named(link);
  }
  const double chance = static_cast<double>(random_()) / static_cast<double>(random_.max());
  from.out.push({piece.data(), static_cast<std::size_t>(n)}, std::chrono::steady_clock::now(),
                faults, chance);
  return true;
}

bool FaultProxy::relay(Link& link, Side& from, Side& to, const Faults& faults) {
  if (!from.ended && from.out.held() < kHeld && !read_side(link, from, faults)) {
    to.socket.reset();
    return false;
  }
  if (link.stalled) return true;
  for (;;) {
    std::string_view bytes = from.out.ready(std::chrono::steady_clock::now());
    if (bytes.empty()) break;
    if (faults.cut_after) {
      const std::uint64_t left = *faults.cut_after - std::min(*faults.cut_after, from.out.passed());
      bytes =
          bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left, bytes.size())));
      if (bytes.empty()) {
        link.client.socket.reset();
        link.server.socket.reset();
        return false;
      }
    }
    const ssize_t n = ::send(to.socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && would_block()) break;
    if (n < 0) {
      from.socket.reset();
      return false;
    }
    from.out.pop(static_cast<std::size_t>(n));
  }
  if (from.ended && from.out.held() == 0 && !from.closed) {
    from.closed = true;
    to.socket.half_close();
  }
  return !(link.client.closed && link.server.closed);
}

}  // namespace wf::fault
