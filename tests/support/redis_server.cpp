#include "redis_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <array>
#include <chrono>
#include <cstdlib>
#include <stdexcept>

#include "proxy/redis/command.hpp"
#include "proxy/redis/reply_reader.hpp"

namespace wf::test {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kStartWithin = 20s;  // sanitizers and a busy machine; usually some ms
constexpr int kPortTries = 10;

class Socket {
 public:
  Socket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (fd_ < 0) throw std::runtime_error("no socket");
  }
  ~Socket() { ::close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  [[nodiscard]] int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

std::uint16_t free_port() {
  const Socket probe;
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(probe.fd(), generic(address), size) != 0 ||
      ::getsockname(probe.fd(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  return ntohs(address.sin_port);
}

std::filesystem::path make_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "wf-redis-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
  return name;
}

/// Commands on a new connection; the last reply. Throws when there is none within `within`.
redis::Reply exchange(std::uint16_t port, std::initializer_list<redis::Args> commands,
                      std::chrono::seconds within) {
  const Socket socket;
  const timeval limit{within.count(), 0};
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const sockaddr_in address = loopback(port);
  if (::connect(socket.fd(), generic(address), sizeof address) != 0) {
    throw std::runtime_error("redis-server refuses connections");
  }
  std::string request;
  for (const redis::Args& args : commands) redis::append_command(request, args);
  if (::send(socket.fd(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    throw std::runtime_error("redis-server takes no command");
  }
  redis::ReplyReader reader;
  std::array<char, 4096> buffer{};
  for (std::size_t replies = 0;;) {
    const ssize_t read = ::recv(socket.fd(), buffer.data(), buffer.size(), 0);
    if (read <= 0) throw std::runtime_error("redis-server does not answer");
    auto reply = reader.feed({buffer.data(), static_cast<std::size_t>(read)});
    if (!reply) throw std::runtime_error("redis-server answers nonsense");
    for (auto next = reader.next();; next = reader.next()) {
      if (!next) throw std::runtime_error("redis-server answers nonsense");
      if (!next->has_value()) break;
      if (++replies == commands.size()) return std::move(**next);
    }
  }
}

}  // namespace

RedisServer::RedisServer(std::vector<std::string> options)
    : options_(std::move(options)), directory_(make_directory()) {
  // A port that was free may be taken by the time the server binds it.
  for (int i = 0; i < kPortTries; ++i) {
    port_ = free_port();
    if (launch()) return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
  throw std::runtime_error("redis-server does not start; is it installed?");
}

RedisServer::~RedisServer() {
  kill();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

bool RedisServer::launch() {
  start_process({});
  if (wait_until_it_answers()) return true;
  kill();
  return false;
}

void RedisServer::start_process(const std::vector<std::string>& more) {
  std::vector<std::string> words{"redis-server",
                                 "--port",
                                 std::to_string(port_),
                                 "--bind",
                                 "127.0.0.1",
                                 "--unixsocket",
                                 unix_path(),
                                 "--dir",
                                 directory_,
                                 "--save",
                                 "",
                                 "--appendonly",
                                 "no",
                                 "--daemonize",
                                 "no",
                                 "--logfile",
                                 "server.log",
                                 "--loglevel",
                                 "warning",
                                 "--databases",
                                 "16",
                                 "--enable-debug-command",
                                 "yes"};
  words.insert(words.end(), options_.begin(), options_.end());
  words.insert(words.end(), more.begin(), more.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  const pid_t parent = ::getpid();
  process_ = ::fork();
  if (process_ < 0) throw std::runtime_error("no new process");
  if (process_ == 0) {
    // Only what is safe between fork and exec.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    const int null = ::open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) ::dup2(null, fd);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
}

bool RedisServer::wait_until_it_answers() {
  const auto until = steady_clock::now() + kStartWithin;
  const std::array<std::string_view, 2> ask_for_pid{"INFO", "server"};
  const std::array<std::string_view, 1> ping{"PING"};
  while (steady_clock::now() < until) {
    if (reap_if_ended()) return false;
    try {
      // With requirepass the answer is NOAUTH, which is an answer. Otherwise make sure that it is
      // ours and not another one that took the port.
      const redis::Reply info = exchange(port_, {ask_for_pid}, 5s);
      const std::string mine = "process_id:" + std::to_string(process_) + "\r\n";
      if (info.is_error() || info.text().find(mine) != std::string_view::npos) {
        if (!exchange(port_, {ping}, 5s).text().starts_with("LOADING")) return true;
        ::poll(nullptr, 0, 10);
        continue;
      }
      return false;
    } catch (const std::runtime_error&) {
      ::poll(nullptr, 0, 1);  // not listening yet
    }
  }
  return false;
}

bool RedisServer::reap_if_ended() noexcept {
  if (::waitpid(process_, nullptr, WNOHANG) != process_) return false;
  process_ = -1;
  return true;
}

void RedisServer::freeze() {
  ::kill(process_, SIGSTOP);
  int status = 0;
  ::waitpid(process_, &status, WUNTRACED);
}

void RedisServer::thaw() { ::kill(process_, SIGCONT); }

void RedisServer::kill() {
  if (process_ <= 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

void RedisServer::restart() {
  kill();
  if (!launch()) throw std::runtime_error("redis-server does not start again");
}

void RedisServer::restart_loading(std::chrono::microseconds per_key) {
  kill();
  start_process({"--key-load-delay", std::to_string(per_key.count()),
                 "--loading-process-events-interval-bytes", "1024"});
}

void RedisServer::wait_loaded() {
  if (!wait_until_it_answers()) throw std::runtime_error("redis-server does not load");
}

redis::Reply RedisServer::ask(const std::vector<std::string>& words) const {
  const std::vector<std::string_view> args{words.begin(), words.end()};
  return exchange(port_, {args}, 10s);
}

redis::Reply RedisServer::ask_as(const std::string& password,
                                 const std::vector<std::string>& words) const {
  const std::array<std::string_view, 2> auth{"AUTH", password};
  const std::vector<std::string_view> args{words.begin(), words.end()};
  return exchange(port_, {auth, args}, 10s);
}

}  // namespace wf::test
