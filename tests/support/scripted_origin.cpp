#include "tests/support/scripted_origin.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "tests/support/origin_player.hpp"

namespace wf::test {

namespace {

constexpr int kBacklog = 1024;

RawSocket listen(const config::Address& address) {
  if (!address.unix_path.empty()) return RawSocket::listen_unix(address.unix_path);
  return RawSocket::listen_tcp(address.host, address.port, kBacklog);
}

}  // namespace

ScriptedOrigin::ScriptedOrigin(Handler handler)
    : ScriptedOrigin(config::Address{"127.0.0.1", 0, {}}, std::move(handler)) {}

ScriptedOrigin::ScriptedOrigin(config::Address address, Handler handler)
    : address_(std::move(address)),
      listener_(listen(address_)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      handler_(std::move(handler)) {
  address_.port = listener_.port();
  acceptor_ = std::thread{[this] { accept_all(); }};
}

ScriptedOrigin::~ScriptedOrigin() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    for (RawSocket& socket : sockets_) {
      if (socket.is_open()) socket.shut_down();
    }
    changed_.notify_all();
  }
  stop_accepting();
  for (std::thread& thread : threads_) thread.join();
  if (!address_.unix_path.empty()) ::unlink(address_.unix_path.c_str());
}

void ScriptedOrigin::stop_accepting() {
  if (!acceptor_.joinable()) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(stop_.fd(), &one, sizeof one);
  acceptor_.join();
}

void ScriptedOrigin::refuse_connections() {
  stop_accepting();
  listener_.close();
}

void ScriptedOrigin::accept_all() {
  for (;;) {
    std::array<pollfd, 2> ready{pollfd{listener_.fd(), POLLIN, 0}, pollfd{stop_.fd(), POLLIN, 0}};
    ::poll(ready.data(), ready.size(), -1);
    if (ready[1].revents != 0) return;
    RawSocket socket{::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!socket.is_open()) continue;
    const std::lock_guard lock{mutex_};
    if (stopping_) return;
    Script script;
    if (!scripts_.empty()) {
      script = std::move(scripts_.front());
      scripts_.pop_front();
    }
    const std::size_t slot = sockets_.size();
    sockets_.push_back(std::move(socket));
    ++open_;
    const auto number = static_cast<unsigned>(sockets_.size());
    threads_.emplace_back(
        [this, slot, number, script = std::move(script)] { serve(slot, number, script); });
  }
}

void ScriptedOrigin::serve(std::size_t slot, unsigned number, Script script) {
  RawSocket* socket = nullptr;
  {
    // Growing at its ends leaves a deque's elements where they are.
    const std::lock_guard lock{mutex_};
    socket = &sockets_[slot];
  }
  Player{*this, *socket, number}.play(script);
  const std::lock_guard lock{mutex_};
  socket->close();
  --open_;
  changed_.notify_all();
}

void ScriptedOrigin::handle(Handler handler) {
  const std::lock_guard lock{mutex_};
  handler_ = std::move(handler);
}

void ScriptedOrigin::next_connection(Script script) {
  const std::lock_guard lock{mutex_};
  scripts_.push_back(std::move(script));
}

void ScriptedOrigin::release(const std::string& gate) {
  const std::lock_guard lock{mutex_};
  open_gates_.insert(gate);
  changed_.notify_all();
}

bool ScriptedOrigin::wait(const std::function<bool()>& condition) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, kPatience, condition);
}

bool ScriptedOrigin::wait_held(const std::string& gate, unsigned count) {
  return wait([&] { return arrivals_[gate] >= count; });
}

bool ScriptedOrigin::wait_all_ended() {
  return wait([&] { return open_ == 0; });
}

bool ScriptedOrigin::wait_requests(unsigned count) {
  return wait([&] { return requests_ >= count; });
}

unsigned ScriptedOrigin::connections() const {
  const std::lock_guard lock{mutex_};
  return static_cast<unsigned>(sockets_.size());
}

unsigned ScriptedOrigin::open_connections() const {
  const std::lock_guard lock{mutex_};
  return open_;
}

unsigned ScriptedOrigin::requests() const {
  const std::lock_guard lock{mutex_};
  return requests_;
}

unsigned ScriptedOrigin::requests(const std::string& path) const {
  const std::lock_guard lock{mutex_};
  const auto it = paths_.find(path);
  return it == paths_.end() ? 0 : it->second;
}

std::vector<OriginRequest> ScriptedOrigin::seen() const {
  const std::lock_guard lock{mutex_};
  return seen_;
}

}  // namespace wf::test
