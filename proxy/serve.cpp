#include "proxy/serve.hpp"

#include <csignal>
#include <iostream>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "config/describe.hpp"
#include "config/env.hpp"
#include "config/load.hpp"
#include "proxy/admin/admin_server.hpp"
#include "proxy/base/clock.hpp"
#include "proxy/confine/confine.hpp"
#include "proxy/observe/log.hpp"
#include "proxy/server/descriptors.hpp"
#include "proxy/server/server.hpp"

namespace wf {

namespace {

constexpr int kBadConfig = 2;

/// The configuration, or every problem on standard error.
std::shared_ptr<const config::Config> load(const std::string& path) {
  auto loaded = config::load_file(path, config::process_environment());
  if (loaded) return std::make_shared<const config::Config>(std::move(*loaded));
  for (const auto& problem : loaded.error()) std::cerr << to_string(problem) << '\n';
  return nullptr;
}

void reopen_log(server::Server& server) {
  try {
    server.shared().access_log.reopen();
  } catch (const std::runtime_error& e) {
    spdlog::error("{}", e.what());
  }
}

/// A file that is wrong is told of, line by line, and the proxy goes on as it was.
void reload(const std::string& path, server::Server& server) {
  auto loaded = config::load_file(path, config::process_environment());
  if (!loaded) {
    for (const auto& problem : loaded.error()) spdlog::error("{}", to_string(problem));
    spdlog::error("not reloaded: the configuration stays as it was");
    return;
  }
  try {
    const config::LogLevel level = loaded->log.level;
    const auto waiting = server.reload(std::move(*loaded));
    observe::set_log_level(level);
    spdlog::info("reloaded {}", path);
    if (!waiting.empty()) {
      spdlog::warn("only a restart changes {}", fmt::join(waiting, ", "));
    }
  } catch (const std::exception& e) {
    spdlog::error("not reloaded: {}", e.what());
  }
}

/// Signals that come before anybody waits for them are kept.
class Signals {
 public:
  Signals() { signals_.add(SIGUSR1); }
  /// The next one. After SIGTERM or SIGINT was given out, another ends the process at once.
  int next() {
    int got = 0;
    signals_.async_wait([&got](const boost::system::error_code&, int number) { got = number; });
    context_.restart();
    context_.run();
    if (got == SIGTERM || got == SIGINT) {
      signals_.clear();
      std::signal(SIGTERM, SIG_DFL);
      std::signal(SIGINT, SIG_DFL);
      // What asks for a reload now must not end what drains.
      std::signal(SIGHUP, SIG_IGN);
      std::signal(SIGUSR1, SIG_IGN);
    }
    return got;
  }

 private:
  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_{context_, SIGTERM, SIGINT, SIGHUP};
};

void obey(Signals& signals, const std::string& path, server::Server& server) {
  for (;;) {
    switch (signals.next()) {
      case SIGHUP:
        reopen_log(server);
        reload(path, server);
        break;
      case SIGUSR1:
        reopen_log(server);
        break;
      default:
        return;
    }
  }
}

}  // namespace

int check(const std::string& path) {
  const auto config = load(path);
  if (!config) return kBadConfig;
  std::cout << config::describe(*config);
  return 0;
}

int serve(const std::string& path) {
  const auto config = load(path);
  if (!config) return kBadConfig;
  observe::start_log(config->log.level);
  std::signal(SIGPIPE, SIG_IGN);
  server::raise_descriptor_limit();
  try {
    const SystemClock clock;
    Signals signals;
    server::Server server{config, clock};
    std::optional<admin::AdminServer> admin;
    server.bind();
    if (config->admin) admin.emplace(server).bind();
    confine::give_up_rights(*config);
    server.start();
    if (admin) admin->start();
    obey(signals, path, server);
    spdlog::info("draining: up to {} s for what is under way",
                 std::chrono::ceil<Seconds>(config->drain_timeout).count());
    server.stop();
    admin.reset();
    spdlog::info("stopped");
    return 0;
  } catch (const std::exception& e) {
    spdlog::error("{}", e.what());
    return 1;
  }
}

}  // namespace wf
