#include <cstdio>
#include <exception>

#include <CLI/CLI.hpp>

#include "proxy/commands/command.h"

int main(int argc, char** argv) {
  using namespace sallyport;
  CLI::App app{"sallyport: a forward proxy that decides what may leave"};
  app.require_subcommand(1);
  app.set_help_all_flag("--help-all", "Help of all commands");
  int status = 0;
  add_run(app, status);
  add_check(app, status);
  add_explain(app, status);
  add_test(app, status);
  add_top(app, status);
  add_env(app, status);
  add_ca(app, status);
  add_health(app, status);
  add_version(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // 0 for --help; anything else is a usage error.
    return app.exit(error) == 0 ? 0 : kExitUsage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sallyport: %s\n", error.what());
    return kExitUsage;
  }
  return status;
}
