// The commands of the program, each in a thin file of its own: options in, one call, words out. A
// command puts its exit status where it is told to.
#pragma once

#include <CLI/CLI.hpp>

namespace sallyport {

/// Exit status of usage and configuration errors (DESIGN.md, Command line).
inline constexpr int kExitUsage = 2;

/// Each adds its command to `app`; the one that runs leaves the program's exit status in `status`.
void add_run(CLI::App& app, int& status);
void add_check(CLI::App& app, int& status);
void add_explain(CLI::App& app, int& status);
void add_test(CLI::App& app, int& status);
void add_top(CLI::App& app, int& status);
void add_env(CLI::App& app, int& status);
void add_ca(CLI::App& app, int& status);
void add_health(CLI::App& app, int& status);
void add_version(CLI::App& app, int& status);

}  // namespace sallyport
