// Arguments → configuration → server.

#include <csignal>
#include <iostream>
#include <optional>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "config/describe.hpp"
#include "config/env.hpp"
#include "config/load.hpp"
#include "proxy/admin/admin_server.hpp"
#include "proxy/base/clock.hpp"
#include "proxy/command_explain.hpp"
#include "proxy/command_purge.hpp"
#include "proxy/confine/confine.hpp"
#include "proxy/observe/log.hpp"
#include "proxy/server/descriptors.hpp"
#include "proxy/server/server.hpp"

namespace {

constexpr int kBadConfig = 2;
constexpr const char* kVersion = "warmfront 0.1.0";

/// The configuration, or every problem on standard error.
std::shared_ptr<const wf::config::Config> load(const std::string& path) {
  auto loaded = wf::config::load_file(path, wf::config::process_environment());
  if (loaded) return std::make_shared<const wf::config::Config>(std::move(*loaded));
  for (const auto& problem : loaded.error()) std::cerr << to_string(problem) << '\n';
  return nullptr;
}

int check(const std::string& path) {
  const auto config = load(path);
  if (!config) return kBadConfig;
  std::cout << wf::config::describe(*config);
  return 0;
}

/// Returns at the first SIGTERM or SIGINT; a second one ends the process at once.
void wait_for_signal() {
  boost::asio::io_context context{1};
  boost::asio::signal_set signals{context, SIGTERM, SIGINT};
  signals.async_wait([](const boost::system::error_code&, int) {});
  context.run();
  signals.clear();
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
}

int run(const std::string& path) {
  const auto config = load(path);
  if (!config) return kBadConfig;
  wf::observe::start_log(config->log.level);
  std::signal(SIGPIPE, SIG_IGN);
  wf::server::raise_descriptor_limit();
  try {
    const wf::SystemClock clock;
    wf::server::Server server{config, clock};
    std::optional<wf::admin::AdminServer> admin;
    server.bind();
    if (config->admin) admin.emplace(server).bind();
    wf::confine::give_up_rights(*config);
    server.start();
    if (admin) admin->start();
    wait_for_signal();
    spdlog::info("draining: up to {} s for what is under way",
                 std::chrono::ceil<wf::Seconds>(config->drain_timeout).count());
    server.stop();
    admin.reset();
    spdlog::info("stopped");
    return 0;
  } catch (const std::exception& e) {
    spdlog::error("{}", e.what());
    return 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Warmfront: an HTTP cache in front of your API, shared through Redis.\n"
      "Write routes in YAML (proxy.yaml documents every key), then:\n"
      "  warmfront check proxy.yaml\n"
      "  warmfront --config proxy.yaml"};
  app.set_version_flag("--version", kVersion);
  std::string run_path;
  auto* run_option =
      app.add_option("-c,--config", run_path, "run with this configuration")->type_name("FILE");
  std::string check_path;
  auto* check_command = app.add_subcommand("check", "load a configuration and say what it does");
  check_command->add_option("file", check_path, "the configuration")->required()->type_name("FILE");
  const auto purge = wf::add_purge_command(app);
  const auto explain = wf::add_explain_command(app);
  app.require_subcommand(0, 1);
  CLI11_PARSE(app, argc, argv);

  if (check_command->parsed()) return check(check_path);
  if (was_chosen(*purge)) return run_purge(*purge);
  if (was_chosen(*explain)) return run_explain(*explain);
  if (*run_option) return run(run_path);
  std::cout << app.help();
  return kBadConfig;
}
