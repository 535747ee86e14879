// `warmfront top`.
#pragma once

#include <memory>

#include <CLI/CLI.hpp>

namespace wf {

struct TopArguments;

/// Adds the subcommand; its arguments live as long as the app.
[[nodiscard]] std::shared_ptr<TopArguments> add_top_command(CLI::App& app);
[[nodiscard]] bool was_chosen(const TopArguments& arguments);
/// Until it is interrupted; with --once the exit code: see the help text.
[[nodiscard]] int run_top(const TopArguments& arguments);

}  // namespace wf
