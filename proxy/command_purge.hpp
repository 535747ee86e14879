// `warmfront purge`.
#pragma once

#include <memory>

#include <CLI/CLI.hpp>

namespace wf {

struct PurgeArguments;

/// Adds the subcommand; its arguments live as long as the app.
[[nodiscard]] std::shared_ptr<PurgeArguments> add_purge_command(CLI::App& app);
[[nodiscard]] bool was_chosen(const PurgeArguments& arguments);
/// The exit code: see the help text.
[[nodiscard]] int run_purge(const PurgeArguments& arguments);

}  // namespace wf
