// Arguments → configuration → server.

#include <iostream>

#include <CLI/CLI.hpp>

#include "proxy/command_explain.hpp"
#include "proxy/command_purge.hpp"
#include "proxy/command_top.hpp"
#include "proxy/serve.hpp"

namespace {

constexpr int kBadUsage = 2;
constexpr const char* kVersion = "warmfront 0.1.0";

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
  const auto top = wf::add_top_command(app);
  app.require_subcommand(0, 1);
  CLI11_PARSE(app, argc, argv);

  if (check_command->parsed()) return wf::check(check_path);
  if (was_chosen(*purge)) return run_purge(*purge);
  if (was_chosen(*explain)) return run_explain(*explain);
  if (was_chosen(*top)) return run_top(*top);
  if (*run_option) return wf::serve(run_path);
  std::cout << app.help();
  return kBadUsage;
}
