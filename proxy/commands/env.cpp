#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "proxy/commands/command.h"
#include "proxy/commands/env_bundle.h"
#include "proxy/commands/env_java.h"
#include "proxy/commands/env_variables.h"
#include "proxy/commands/valid_policy.h"
#include "tls/published_roots.h"

namespace sallyport {
namespace {

struct EnvOptions {
  std::string config;
  std::vector<std::string> ca_files;
  std::string proxy;
  std::string bundle;
  std::string system_bundle;
};

/// Nothing but what a shell evaluates may stand on stdout.
void warn(const std::string& text) { std::cerr << "sallyport env: warning: " << text << '\n'; }

LoadedPolicy policy_of(const EnvOptions& options) {
  const auto path = options.config.empty() ? std::nullopt : std::optional(options.config);
  return valid_policy(path, "the policy is not valid");
}

bool is_unspecified(const IpAddress& address) {
  for (const std::uint8_t byte : address.bytes()) {
    if (byte != 0) return false;
  }
  return true;
}

ProxyUrl proxy_of(const EnvOptions& options, const GateSettings& gate) {
  if (!options.proxy.empty()) {
    auto url = ProxyUrl::parse(options.proxy);
    if (!url) throw UsageError("--proxy: write http://HOST:PORT");
    return std::move(*url);
  }
  for (const ListenerSettings& each : gate.listeners) {
    if (each.protocol != "http") continue;
    const IpAddress here = IpAddress::v4({127, 0, 0, 1});
    const IpAddress address = is_unspecified(each.address) ? here : each.address;
    return {"http", {Host::of(address), each.port}};
  }
  throw UsageError("the policy has no http listener: say by --proxy where the gate is reached");
}

/// The files that name the CAs to trust; empty: none, since no TLS is read.
std::vector<std::string> ca_files_of(const EnvOptions& options, const LoadedPolicy& policy) {
  if (!options.ca_files.empty()) return options.ca_files;
  const auto& interception = policy.snapshot->interception;
  return interception ? interception->ca_certificates : std::vector<std::string>();
}

TrustFiles trust_files_of(const EnvOptions& options, const std::vector<std::string>& ca_files) {
  std::vector<std::string> errors;
  const auto roots = published_roots(ca_files, errors);
  for (const std::string& error : errors) std::cerr << error << '\n';
  if (!roots) throw UsageError("the CA cannot be read");
  const std::string path = options.bundle.empty() ? default_bundle_path() : options.bundle;
  if (path.empty()) throw UsageError("there is no HOME: say by --bundle where files may be put");
  const std::string system =
      options.system_bundle.empty() ? system_bundle_path() : options.system_bundle;
  if (system.empty()) throw UsageError("say by --system-bundle what this system trusts");
  std::string error;
  TrustFiles files = write_trust_files(path, system, *roots, error);
  if (!error.empty()) throw UsageError(error);
  return files;
}

int env(const EnvOptions& options) {
  try {
    const LoadedPolicy policy = policy_of(options);
    std::vector<std::string> warnings;
    Workstation workstation{.proxy = proxy_of(options, policy.gate),
                            .no_proxy = no_proxy_entries(policy.gate.no_proxy, warnings),
                            .trust = std::nullopt};
    const auto java = JavaTools::find();
    workstation.has_java = java.has_value();
    const std::vector<std::string> ca_files = ca_files_of(options, policy);
    if (!ca_files.empty()) {
      TrustFiles& trust = workstation.trust.emplace(trust_files_of(options, ca_files));
      const std::string failed = java ? make_java_store(*java, trust.added, trust.java_store) : "";
      if (!failed.empty()) warnings.push_back(failed + ": Java will not trust the CA");
      if (!java || !failed.empty()) trust.java_store.clear();
    }
    for (const std::string& each : warnings) warn(each);
    for (const Variable& each : workstation_variables(workstation)) {
      std::cout << each.line() << '\n';
    }
  } catch (const std::exception& error) {
    std::cerr << "sallyport env: " << error.what() << '\n';
    return kExitUsage;
  }
  return 0;
}

}  // namespace

void add_env(CLI::App& app, int& status) {
  auto options = std::make_shared<EnvOptions>();
  CLI::App* command = app.add_subcommand(
      "env", "What a workstation's shell evaluates: eval \"$(sallyport env --config FILE)\"");
  command->add_option("--config", options->config,
                      "Policy file; without it the built-in policy holds");
  command->add_option("--ca", options->ca_files,
                      "PEM files of the CAs to trust, in place of the policy's");
  command->add_option("--proxy", options->proxy,
                      "Where the gate is reached; without it, its first http listener");
  command->add_option("--bundle", options->bundle,
                      "Where the merged bundle is put (~/.cache/sallyport/ca-bundle.pem)");
  command->add_option("--system-bundle", options->system_bundle,
                      "What this system trusts; without it, found where distributions have it");
  command->callback([options, &status] { status = env(*options); });
}

}  // namespace sallyport
