// A Redis that does what a test tells it: hang, answer in pieces, answer nonsense, go away.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "config/types.hpp"
#include "proxy/net/spawn.hpp"
#include "proxy/net/task.hpp"

namespace wf::test {

using Words = std::vector<std::string>;

/// What the fake does about one command.
struct Answer {
  std::string bytes;  ///< empty: says nothing
  enum class Then : std::uint8_t { Go, Close, Reset } then = Then::Go;
};

[[nodiscard]] Answer say(std::string bytes);
[[nodiscard]] Answer say_status(std::string_view text);
[[nodiscard]] Answer say_error(std::string_view text);
[[nodiscard]] Answer say_bulk(std::string_view bytes);
[[nodiscard]] Answer hang();
[[nodiscard]] Answer close_after(std::string bytes);
[[nodiscard]] Answer reset_after(std::string bytes);

/// Listens on a port of 127.0.0.1 while it lives. All on one io_context's thread; `stop` and await
/// it before destruction.
class FakeRedis {
 public:
  using Script = std::function<Answer(const Words&)>;

  explicit FakeRedis(net::Executor executor);
  FakeRedis(const FakeRedis&) = delete;
  FakeRedis& operator=(const FakeRedis&) = delete;
  ~FakeRedis();

  /// PING, ECHO, AUTH, SELECT, CLIENT as Redis answers them; an error for the rest.
  [[nodiscard]] static Answer ordinary(const Words& words);
  /// From the next command on. The default is `ordinary`.
  void script(Script script) { script_ = std::move(script); }
  /// Cuts what is sent into pieces of `size()` bytes, each its own segment, until it returns 0.
  void cut(std::function<std::size_t()> size) { cut_ = std::move(size); }

  /// Bytes out of turn on every connection.
  void push(std::string bytes);
  /// Resets every connection; new ones are accepted.
  void drop_all();
  /// Connections are refused from now on, and those that are there end.
  void refuse();
  /// The opposite, on the same port.
  void accept_again();
  [[nodiscard]] net::Task<void> stop();

  [[nodiscard]] config::Address address() const { return {"127.0.0.1", port_, {}}; }
  /// Every command of every connection, in the order in which they came.
  [[nodiscard]] const std::vector<Words>& seen() const noexcept { return seen_; }
  [[nodiscard]] std::size_t seen_of(std::string_view command) const;
  [[nodiscard]] std::size_t accepted() const noexcept { return accepted_; }
  [[nodiscard]] std::size_t open() const noexcept { return peers_.size(); }
  [[nodiscard]] std::size_t reads() const noexcept { return reads_; }

 private:
  using tcp = net::asio::ip::tcp;
  using Socket = net::asio::basic_stream_socket<tcp, net::Executor>;
  using Acceptor = net::asio::basic_socket_acceptor<tcp, net::Executor>;

  void listen();
  [[nodiscard]] net::Task<void> accept_loop();
  [[nodiscard]] net::Task<void> serve(std::shared_ptr<Socket> peer);
  [[nodiscard]] net::Task<void> converse(Socket& peer);
  [[nodiscard]] net::Task<bool> obey(Socket& peer, Answer answer);
  [[nodiscard]] net::Task<bool> send(Socket& peer, std::string_view bytes);

  net::Executor executor_;
  Acceptor acceptor_;
  std::uint16_t port_ = 0;
  Script script_;
  std::function<std::size_t()> cut_;
  std::vector<std::shared_ptr<Socket>> peers_;
  std::vector<Words> seen_;
  std::size_t accepted_ = 0;
  std::size_t reads_ = 0;
  net::TaskGroup tasks_;
};

}  // namespace wf::test
