#include <unistd.h>

#include <iostream>
#include <memory>
#include <string>

#include "proxy/commands/banner.h"
#include "proxy/commands/build.h"
#include "proxy/commands/command.h"
#include "proxy/policy_file.h"
#include "proxy/server.h"
#include "proxy/tls_material.h"

namespace sallyport {
namespace {

struct RunOptions {
  std::string config;
  std::string instance;
};

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

int run(const RunOptions& options) {
  const auto path = options.config.empty() ? std::nullopt : std::optional(options.config);
  PolicyFile file = read_policy(path);
  auto tls = read_tls_material(file);
  for (const std::string& warning : file.warnings) std::cerr << warning << '\n';
  for (const std::string& error : file.errors) std::cerr << error << '\n';
  if (!file.policy) return kExitUsage;
  const std::string words = banner(*file.policy, path);
  try {
    Server server({.policy = std::move(*file.policy),
                   .tls = std::move(tls),
                   .policy_path = path,
                   .instance = options.instance.empty() ? host_name() : options.instance,
                   .version = std::string(version())});
    std::cerr << words << std::flush;
    server.run();
  } catch (const std::exception& error) {
    std::cerr << "sallyport: " << error.what() << '\n';
    return kExitUsage;
  }
  return 0;
}

}  // namespace

void add_run(CLI::App& app, int& status) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command = app.add_subcommand("run", "Run the proxy");
  command->add_option("--config", options->config,
                      "Policy file; without it the built-in policy holds");
  command->add_option("--instance", options->instance,
                      "Name in the audit records; without it the host's");
  command->callback([options, &status] { status = run(*options); });
}

}  // namespace sallyport
