#include "proxy/command_top.hpp"

#include <algorithm>
#include <iostream>
#include <thread>

#include <unistd.h>

#include "config/address.hpp"
#include "config/env.hpp"
#include "config/load.hpp"
#include "proxy/admin/client.hpp"
#include "proxy/admin/top_view.hpp"
#include "proxy/base/clock.hpp"

namespace wf {

struct TopArguments {
  CLI::App* command = nullptr;
  std::vector<std::string> addresses;
  std::string config_path;
  unsigned interval = 1;  // seconds
  bool once = false;
};

namespace {

constexpr int kDone = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr std::chrono::seconds kPatience{3};
constexpr const char* kClearScreen = "\x1b[H\x1b[2J";

constexpr const char* kFooter =
    "\"log ms\": since the purge log was last followed to its end; it renews the lease.\n"
    "Exit codes of --once:\n"
    "  0  every proxy answered\n"
    "  1  one did not\n"
    "  2  the arguments or the configuration are wrong\n"
    "Example:\n"
    "  warmfront top --admin 10.0.0.5:9180 --admin 10.0.0.6:9180";

using Addresses = std::vector<config::Address>;

std::optional<Addresses> addresses_of(const TopArguments& arguments) {
  Addresses all;
  for (const std::string& text : arguments.addresses) {
    const auto address = config::parse_listen_address(text);
    if (!address) {
      std::cerr << "--admin: " << address.error().what << '\n';
      return std::nullopt;
    }
    all.push_back(*address);
  }
  if (!all.empty()) return all;
  if (arguments.config_path.empty()) {
    std::cerr << "say which proxies: --config FILE, or --admin ADDRESS for each\n";
    return std::nullopt;
  }
  const auto loaded = config::load_file(arguments.config_path, config::process_environment());
  if (!loaded) {
    for (const auto& problem : loaded.error()) std::cerr << to_string(problem) << '\n';
    return std::nullopt;
  }
  if (!loaded->admin) {
    std::cerr << arguments.config_path << ": there is no admin listener to ask; add `admin`\n";
    return std::nullopt;
  }
  return Addresses{loaded->admin->address};
}

std::vector<admin::Look> look_at(const Addresses& addresses) {
  std::vector<admin::Look> looks;
  for (const config::Address& address : addresses) {
    admin::Look look;
    look.proxy = config::to_text(address);
    admin::AdminCall call{"GET", "/metrics"};
    call.timeout = kPatience;
    const auto reply = admin::ask_admin(address, call);
    if (!reply) {
      look.trouble = reply.error().detail;
    } else if (reply->status != 200) {
      look.trouble = "answered " + std::to_string(reply->status);
    } else {
      look.samples = admin::parse_metrics(reply->body);
    }
    looks.push_back(std::move(look));
  }
  return looks;
}

}  // namespace

std::shared_ptr<TopArguments> add_top_command(CLI::App& app) {
  auto arguments = std::make_shared<TopArguments>();
  auto& a = *arguments;
  a.command = app.add_subcommand("top", "what running proxies are doing, again and again");
  a.command->footer(kFooter);
  auto* file = a.command->add_option("-c,--config", a.config_path, "the proxy's configuration");
  file->type_name("FILE");
  a.command
      ->add_option("--admin", a.addresses, "an admin listener, host:port or unix:/path; repeatable")
      ->type_name("ADDRESS")
      ->excludes(file);
  a.command->add_option("--interval", a.interval, "seconds between two looks (1)")
      ->check(CLI::Range(1U, 3600U))
      ->type_name("SECONDS");
  a.command->add_flag("--once", a.once, "one table of one interval, for scripts");
  return arguments;
}

bool was_chosen(const TopArguments& arguments) { return arguments.command->parsed(); }

int run_top(const TopArguments& arguments) {
  const auto addresses = addresses_of(arguments);
  if (!addresses) return kUsage;
  const bool screen = !arguments.once && ::isatty(STDOUT_FILENO) == 1;
  std::vector<admin::Look> before = look_at(*addresses);
  for (auto seen = timer_now();;) {
    std::this_thread::sleep_for(std::chrono::seconds{arguments.interval});
    std::vector<admin::Look> now = look_at(*addresses);
    const std::chrono::duration<double> passed = timer_now() - std::exchange(seen, timer_now());
    if (screen) std::cout << kClearScreen;
    std::cout << admin::top_text(before, now, passed.count()) << std::flush;
    const bool all = std::all_of(now.begin(), now.end(),
                                 [](const admin::Look& look) { return look.trouble.empty(); });
    if (arguments.once) return all ? kDone : kFailed;
    if (!std::cout) return kFailed;
    before = std::move(now);
  }
}

}  // namespace wf
