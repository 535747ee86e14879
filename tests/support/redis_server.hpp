// A real redis-server of the test's own: private port, directory and unix socket, nothing
// persisted.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/types.hpp"
#include "proxy/redis/reply.hpp"

namespace wf::test {

/// Answers PING when the constructor returns; is killed, and its directory removed, in the
/// destructor, also if the test process dies. Blocking; not for the thread of an io_context that
/// has work to do meanwhile. Throws std::runtime_error where redis-server is missing or fails.
class RedisServer {
 public:
  /// `options` are further words of the command line: {"--maxmemory", "1mb"}.
  explicit RedisServer(std::vector<std::string> options = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] config::Address address() const { return {"127.0.0.1", port_, {}}; }
  [[nodiscard]] config::Address unix_address() const { return {{}, 0, unix_path()}; }
  [[nodiscard]] std::string unix_path() const { return (directory_ / "redis.sock").string(); }
  [[nodiscard]] bool running() const noexcept { return process_ > 0; }

  /// SIGSTOP: connections stay, nothing answers. Returns when every thread of it has stopped.
  void freeze();
  /// SIGCONT.
  void thaw();
  /// SIGKILL, and waits for the end. What was stored is lost.
  void kill();
  /// The same port, empty. Kills first if it runs. Returns when it answers PING; not where a
  /// password was set since, which is gone.
  void restart();

  /// Kills it and starts it again with what SAVE has written, which it loads so slowly: until
  /// `wait_loaded` it answers LOADING.
  void restart_loading(std::chrono::microseconds per_key);
  void wait_loaded();

  /// One command on a connection of its own, as an operator would type it. Throws
  /// std::runtime_error when there is no answer.
  redis::Reply ask(const std::vector<std::string>& words) const;
  /// The same where a password is asked for.
  redis::Reply ask_as(const std::string& password, const std::vector<std::string>& words) const;

 private:
  [[nodiscard]] bool launch();
  void start_process(const std::vector<std::string>& more);
  [[nodiscard]] bool wait_until_it_answers();
  [[nodiscard]] bool reap_if_ended() noexcept;

  std::vector<std::string> options_;
  std::filesystem::path directory_;
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
};

}  // namespace wf::test
