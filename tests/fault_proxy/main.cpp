// The fault proxy as a program: see --help.

#include <csignal>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>

#include "config/address.hpp"
#include "tests/fault_proxy/fault_proxy.hpp"

namespace {

using namespace wf;

int relay(const config::Address& listen, const config::Address& target) {
  fault::FaultProxy proxy{target, listen.host, listen.port};
  std::cout << "listening on " << listen.host << ":" << proxy.port() << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    if (line == "quit") break;
    if (line == "help") {
      std::cout << fault::command_help() << std::flush;
      continue;
    }
    const auto command = fault::parse_command(line);
    if (command) proxy.apply(*command);
    std::cout << (command ? "ok" : "error: " + command.error().what) << std::endl;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app{
      "Relays TCP connections to a target and, told so on standard input, does to them what\n"
      "networks do. Ends with its input, or at quit.\n\n" +
      std::string{fault::command_help()}};
  std::string listen = "127.0.0.1:0";
  std::string target;
  app.add_option("--listen", listen, "host:port; port 0 lets the kernel choose")
      ->capture_default_str();
  app.add_option("target", target, "127.0.0.1:6379 or unix:/path")->required();
  CLI11_PARSE(app, argc, argv);
  const auto from = config::parse_listen_address(listen);
  const auto to = config::parse_listen_address(target);
  for (const auto* address : {&from, &to}) {
    if (*address) continue;
    std::cerr << "fault_proxy: " << address->error().what << '\n';
    return 2;
  }
  try {
    return relay(*from, *to);
  } catch (const std::exception& e) {
    std::cerr << "fault_proxy: " << e.what() << '\n';
    return 1;
  }
}
