// `warmfront explain`.
#pragma once

#include <memory>

#include <CLI/CLI.hpp>

namespace wf {

struct ExplainArguments;

/// Adds the subcommand; its arguments live as long as the app.
[[nodiscard]] std::shared_ptr<ExplainArguments> add_explain_command(CLI::App& app);
[[nodiscard]] bool was_chosen(const ExplainArguments& arguments);
/// 0, or 2 if the configuration or the question is wrong.
[[nodiscard]] int run_explain(const ExplainArguments& arguments);

}  // namespace wf
