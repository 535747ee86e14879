#include "proxy/command_purge.hpp"

#include <iostream>
#include <optional>

#include "config/address.hpp"
#include "config/env.hpp"
#include "config/load.hpp"
#include "proxy/admin/client.hpp"
#include "proxy/admin/purge_order.hpp"
#include "proxy/admin/purge_targets.hpp"
#include "proxy/admin/redis_call.hpp"
#include "proxy/invalidation/log_scripts.hpp"
#include "proxy/server/shared.hpp"

namespace wf {

namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kNotEverywhere = 3;

constexpr const char* kFooter =
    "Exit codes:\n"
    "  0  no proxy serves any more what was purged (with --dry-run: it was looked)\n"
    "  1  the proxy did not answer, or refused\n"
    "  2  the arguments or the configuration are wrong\n"
    "  3  purged, but not known to be in force everywhere: see \"state\" and \"nodes\"\n"
    "Examples:\n"
    "  warmfront purge --config proxy.yaml --tag analysis:7 --tag stats\n"
    "  warmfront purge --config proxy.yaml --url http://api.example.com/analyses/7 --soft\n"
    "  warmfront purge --admin 10.0.0.5:9180 --token-env TOKEN --namespace analysis --dry-run\n"
    "  warmfront purge --config proxy.yaml --tag analysis:7 --print-redis-call | sh";

/// Where the proxy is asked, and with what.
struct Destination {
  config::Address address;
  std::string token;
};

}  // namespace

struct PurgeArguments {
  CLI::App* command = nullptr;
  admin::PurgeOrder order;
  bool soft = false;
  bool refresh = false;
  bool no_wait = false;
  bool print_call = false;
  bool print_script = false;
  std::string config_path;
  std::string admin_address;
  std::string token_variable;
};

namespace {

std::optional<std::string> token_from(const std::string& variable) {
  if (variable.empty()) return std::string{};
  auto token = config::process_environment()(variable);
  if (!token) std::cerr << "the environment variable " << variable << " is not set\n";
  return token;
}

std::optional<config::Config> config_from(const std::string& path) {
  auto loaded = config::load_file(path, config::process_environment());
  if (loaded) return std::move(*loaded);
  for (const auto& problem : loaded.error()) std::cerr << to_string(problem) << '\n';
  return std::nullopt;
}

std::optional<Destination> destination_of(const PurgeArguments& arguments) {
  auto token = token_from(arguments.token_variable);
  if (!token) return std::nullopt;
  if (!arguments.admin_address.empty()) {
    const auto address = config::parse_listen_address(arguments.admin_address);
    if (address) return Destination{*address, std::move(*token)};
    std::cerr << "--admin: " << address.error().what << '\n';
    return std::nullopt;
  }
  if (arguments.config_path.empty()) {
    std::cerr << "say which proxy: --config FILE or --admin ADDRESS\n";
    return std::nullopt;
  }
  const auto loaded = config_from(arguments.config_path);
  if (!loaded) return std::nullopt;
  if (!loaded->admin) {
    std::cerr << arguments.config_path << ": there is no admin listener to ask\n";
    return std::nullopt;
  }
  if (token->empty()) token = loaded->admin->token;
  return Destination{loaded->admin->address, std::move(*token)};
}

admin::PurgeOrder order_of(const PurgeArguments& arguments) {
  admin::PurgeOrder order = arguments.order;
  if (arguments.soft) order.mode = invalidation::PurgeMode::Soft;
  if (arguments.refresh) order.mode = invalidation::PurgeMode::Refresh;
  if (arguments.no_wait) order.wait = config::Wait::None;
  return order;
}

int usage(std::string_view what) {
  std::cerr << what << '\n';
  return kUsage;
}

/// Asks nobody: the configuration tells the names of the keys and what selectors look like.
int print_call(const PurgeArguments& arguments) {
  const admin::PurgeOrder order = order_of(arguments);
  if (arguments.config_path.empty()) {
    return usage("--print-redis-call: name the proxy's configuration with --config FILE");
  }
  if (order.mode == invalidation::PurgeMode::Refresh) {
    return usage("--print-redis-call: only a proxy can refresh; use --soft, or leave the flag out");
  }
  auto config = config_from(arguments.config_path);
  if (!config) return kUsage;
  if (!config->store.redis) {
    return usage(arguments.config_path +
                 ": there is no store.redis; purge with the admin listener");
  }
  config->log.access = "off";  // the file is the running proxy's
  const SystemClock clock;
  const server::Shared shared{std::make_shared<const config::Config>(*config), clock};
  auto selectors = admin::selectors_of(order, shared);
  if (!selectors) return usage(selectors.error());
  if (selectors->empty() || selectors->size() > invalidation::scripts::kSelectors) {
    return usage("--print-redis-call: name from 1 to 200 things to purge");
  }
  std::cout << admin::redis_call(*config->store.redis,
                                 invalidation::marked(std::move(*selectors), order.mode))
            << '\n';
  return kDone;
}

}  // namespace

std::shared_ptr<PurgeArguments> add_purge_command(CLI::App& app) {
  auto arguments = std::make_shared<PurgeArguments>();
  auto& a = *arguments;
  a.command = app.add_subcommand("purge", "purge stored answers from a running fleet");
  CLI::App& command = *a.command;
  command.footer(kFooter);
  command.add_option("--url", a.order.urls, "an exact URL, with all its variants")
      ->type_name("URL");
  command.add_option("--tag", a.order.tags, "everything that carries the tag")->type_name("TAG");
  command.add_option("--prefix", a.order.prefixes, "a path and all below it")->type_name("URL");
  command.add_option("--pattern", a.order.patterns, "a path and query in which * is any text")
      ->type_name("URL");
  command.add_option("--namespace", a.order.namespaces, "a route's answers; *: everything")
      ->type_name("ROUTE");
  command.add_option("--host", a.order.host, "of URLs that begin with \"/\"");
  auto* soft = command.add_flag("--soft", a.soft, "make stale instead of removing");
  command
      .add_flag("--refresh", a.refresh, "as --soft, and fetch again what proxies hold in memory")
      ->excludes(soft);
  command.add_flag("--dry-run", a.order.dry_run, "say what the proxy's memory holds of it");
  command.add_flag("--no-wait", a.no_wait, "do not wait for the other proxies");
  command.add_flag("--print-redis-call", a.print_call,
                   "print the redis-cli call that does the same, and ask nobody");
  command.add_flag("--print-redis-script", a.print_script,
                   "print the script of that call, for applications to keep");
  auto* file = command.add_option("-c,--config", a.config_path, "the proxy's configuration");
  file->type_name("FILE");
  command.add_option("--admin", a.admin_address, "the admin listener, host:port or unix:/path")
      ->type_name("ADDRESS")
      ->excludes(file);
  command.add_option("--token-env", a.token_variable, "the environment variable with the token")
      ->type_name("NAME");
  return arguments;
}

bool was_chosen(const PurgeArguments& arguments) { return arguments.command->parsed(); }

int run_purge(const PurgeArguments& arguments) {
  if (arguments.print_script) {
    std::cout << invalidation::scripts::event().source();
    return kDone;
  }
  if (arguments.print_call) return print_call(arguments);
  const auto destination = destination_of(arguments);
  if (!destination) return kUsage;
  const std::string body = to_json(order_of(arguments));
  admin::AdminCall call{"POST", "/purge", destination->token, body};
  const auto reply = admin::ask_admin(destination->address, call);
  if (!reply) {
    std::cerr << reply.error().detail << '\n';
    return kFailed;
  }
  const bool refused = reply->status >= 300;
  (refused ? std::cerr : std::cout) << reply->body;
  if (refused) return reply->status == 400 ? kUsage : kFailed;
  return reply->status == 200 ? kDone : kNotEverywhere;
}

}  // namespace wf
