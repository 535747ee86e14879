// The admin listener: purges, health, metrics, explanations. A thread and an event loop of its own,
// so that nothing that operators do waits in front of a client.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "proxy/admin/answers.hpp"
#include "proxy/admin/guard.hpp"
#include "proxy/admin/listen.hpp"
#include "proxy/admin/purge_order.hpp"
#include "proxy/message/reader.hpp"
#include "proxy/net/deadline.hpp"
#include "proxy/net/spawn.hpp"
#include "proxy/server/request_input.hpp"
#include "proxy/server/responder.hpp"
#include "proxy/server/server.hpp"

namespace wf::admin {

/// `start`, `stop` and destruction on one thread; all else on the listener's own.
class AdminServer {
 public:
  /// Connections at a time; more are closed as they come.
  static constexpr std::size_t kMostConnections = 64;

  /// `server`, whose configuration has an `admin`, outlives this.
  explicit AdminServer(server::Server& server);
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;
  ~AdminServer();

  /// Takes the address, and serves nobody yet. Throws std::runtime_error when it cannot be bound.
  void bind();
  /// Binds if `bind` was not called, and accepts.
  void start();
  /// Ends what is under way and returns when the thread has ended.
  void stop();
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  /// One request, as the steps below need it. Views.
  struct Asking {
    const message::RequestHead& head;
    server::RequestInput& input;
    server::Responder& out;
    std::string_view address;
  };
  void run_loop();
  /// Has the socket watched until somebody comes, or it is closed.
  void watch();
  [[nodiscard]] net::Task<void> run();
  [[nodiscard]] net::Task<void> end();
  [[nodiscard]] net::Task<void> serve(net::Socket socket, std::string address);
  [[nodiscard]] net::Task<Result<void>> send(server::Responder& out, Answer answer);
  [[nodiscard]] net::Task<Answer> answer(Asking asking);
  [[nodiscard]] net::Task<Answer> read_and_purge(Asking asking);
  [[nodiscard]] net::Task<Answer> purge(PurgeOrder order, std::string_view address);
  [[nodiscard]] Answer explained(const Asking& asking);
  [[nodiscard]] Snapshot snapshot();
  /// What stands in the way of one who wants more than to look; nothing: he may.
  [[nodiscard]] std::optional<Answer> refused(const Asking& asking);

  server::Server& server_;
  const config::Config& config_;
  Guard guard_;
  server::DeskStock desks_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<net::Executor> work_;
  net::DeadlineList deadlines_;
  net::TaskGroup ticking_;
  net::TaskGroup connections_;
  std::unique_ptr<server::RedisLink> redis_;
  net::Alarm next_{context_.get_executor()};  // who comes waits
  net::Reserve waiting_;
  bool watching_ = false;
  std::optional<AdminSocket> socket_;
  std::uint16_t port_ = 0;
  std::uint64_t purges_ = 0;
  std::thread thread_;
};

}  // namespace wf::admin
