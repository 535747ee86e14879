#include "proxy/command_explain.hpp"

#include <iostream>
#include <optional>

#include <fmt/format.h>

#include "config/env.hpp"
#include "config/load.hpp"
#include "proxy/base/ascii.hpp"
#include "proxy/base/clock.hpp"
#include "proxy/server/explain.hpp"

namespace wf {

struct ExplainArguments {
  CLI::App* command = nullptr;
  server::ExplainQuestion question;
  std::vector<std::string> headers;
  std::string config_path;
};

namespace {

constexpr int kUsage = 2;

std::optional<OwnedFields> fields_of(const std::vector<std::string>& headers) {
  OwnedFields fields;
  for (const std::string& header : headers) {
    const auto colon = header.find(':');
    const auto name = header.substr(0, colon);
    if (colon == std::string::npos || !ascii::is_token(name)) {
      std::cerr << "-H: expected \"Name: value\", found " << header << '\n';
      return std::nullopt;
    }
    fields.push_back({name, std::string{ascii::trim(std::string_view{header}.substr(colon + 1))}});
  }
  return fields;
}

}  // namespace

std::shared_ptr<ExplainArguments> add_explain_command(CLI::App& app) {
  auto arguments = std::make_shared<ExplainArguments>();
  auto& a = *arguments;
  a.command = app.add_subcommand(
      "explain", "say what a configuration does with a request: route, key, decision and why");
  a.command->footer(
      "Exit codes: 0, or 2 if the configuration or the question is wrong. Nothing is sent; what a\n"
      "running proxy has in memory is told by its admin listener: GET /explain?url=URL.\n"
      "Example:\n"
      "  warmfront explain GET 'http://api.example.com/analyses?page=2' -c proxy.yaml");
  a.command->add_option("method", a.question.method, "GET, HEAD, PUT…")->required();
  a.command->add_option("url", a.question.url, "http://host/path")->required();
  a.command->add_option("-H,--header", a.headers, "a field of the request")
      ->type_name("\"NAME: VALUE\"");
  a.command->add_option("-c,--config", a.config_path, "the configuration")
      ->required()
      ->type_name("FILE");
  return arguments;
}

bool was_chosen(const ExplainArguments& arguments) { return arguments.command->parsed(); }

int run_explain(const ExplainArguments& arguments) {
  auto loaded = config::load_file(arguments.config_path, config::process_environment());
  if (!loaded) {
    for (const auto& problem : loaded.error()) std::cerr << to_string(problem) << '\n';
    return kUsage;
  }
  server::ExplainQuestion question = arguments.question;
  auto fields = fields_of(arguments.headers);
  if (!fields) return kUsage;
  question.fields = std::move(*fields);
  loaded->log.access = "off";
  const SystemClock clock;
  server::Shared shared{std::make_shared<const config::Config>(std::move(*loaded)), clock};
  const auto explanation = server::explain(shared, question);
  if (!explanation) {
    std::cerr << explanation.error().detail << '\n';
    return kUsage;
  }
  for (const auto& [name, value] : explanation->lines) {
    std::cout << fmt::format("{:<10}{}\n", name, value);
  }
  return 0;
}

}  // namespace wf
