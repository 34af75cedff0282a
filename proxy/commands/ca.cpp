#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include <openssl/rand.h>

#include "metrics/wall_clock.h"
#include "policy/quoted.h"
#include "policy/tools/constraint_names.h"
#include "proxy/commands/ca_folder.h"
#include "proxy/commands/command.h"
#include "proxy/commands/valid_policy.h"
#include "tls/certificate_authority.h"
#include "tls/certificate_text.h"
#include "tls/new_authority.h"

namespace sallyport {
namespace {

namespace fs = std::filesystem;

struct CaInitOptions {
  std::string folder;
  std::string config;
  std::string name;
  bool is_unconstrained = false;
  int days = 90;
};

LoadedPolicy policy_of(const std::string& path) {
  return valid_policy(
      path, path +
                " is not valid. Where it lacks `interception`, write the key first: the files"
                " that it names need not be there yet");
}

std::string random_name() {
  unsigned char bytes[4];
  if (RAND_bytes(bytes, sizeof bytes) != 1) throw std::runtime_error("no randomness");
  std::string name;
  for (const unsigned char byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    name += kDigits[byte >> 4];
    name += kDigits[byte & 15];
  }
  return name;
}

std::vector<Host> hosts_of(const LoadedPolicy& policy, const std::string& path) {
  ConstraintNames names = constraint_names(policy.intercepted);
  if (!names.unconstrained.empty()) {
    std::string all;
    for (const InterceptedHost& each : names.unconstrained) {
      // Not std::quoted, which <filesystem> brings along.
      all += (all.empty() ? "" : ", ") + sallyport::quoted(each.pattern.text) +
             (each.rule.empty() ? " (explain_refused)" : " (rule " + each.rule + ")");
    }
    throw UsageError(path + " reads hosts that no name constraint can hold: " + all +
                     ". Name the hosts, or make a CA that vouches for every name with"
                     " --unconstrained");
  }
  if (names.hosts.empty()) {
    throw UsageError(path + " has no rule that reads TLS, so that there is nothing to vouch for");
  }
  return names.hosts;
}

/// The paths as a policy file would name them: from its own folder.
std::string from_policy(const std::string& path, const std::string& config) {
  const fs::path base = config.empty() ? fs::current_path() : fs::absolute(config).parent_path();
  return fs::absolute(path).lexically_proximate(base).string();
}

/// Without a slash at its end.
std::string folder_of(const std::string& text) {
  const fs::path path = fs::path(text).lexically_normal();
  return (path.has_filename() ? path : path.parent_path()).string();
}

bool is_same_file(const std::string& a, const std::string& b) {
  return fs::weakly_canonical(a) == fs::weakly_canonical(b);
}

bool names_already(const LoadedPolicy& policy, const CaFolder& folder) {
  const auto& interception = policy.snapshot->interception;
  return interception &&
         is_same_file(interception->ca_certificates.front(), folder.certificates()) &&
         is_same_file(interception->ca_private_key, folder.key());
}

void tell_limits(const AuthorityWish& wish) {
  if (!wish.hosts) {
    std::cout << "It vouches for every name.\n";
    std::cerr << "warning: a CA without name constraints is for clients that cannot read them: with"
                 " its key a thief can stand in for every site, to all who trust it\n";
    return;
  }
  std::cout << "It vouches for these, names with all below them, and for nothing else:\n";
  for (const Host& host : *wish.hosts) std::cout << "  " << host.text() << '\n';
}

void tell(const AuthorityWish& wish, const NewAuthority& made, const CaFolder& folder,
          const CaInitOptions& options, const std::optional<LoadedPolicy>& policy) {
  std::cout << "Made " << folder.certificates() << " (the CA that signs, and its root),\n     "
            << folder.root() << " (the root, for workstations),\n     " << folder.key()
            << " (the private key, mode 600: whoever reads it is the CA).\n";
  tell_limits(wish);
  std::cout << "It ends on " << date_text(made.expires)
            << "; publish the next one two weeks before (deploy/ca/README.md).\n";
  if (!policy || !names_already(*policy, folder)) {
    std::cout << "The policy is to say:\n  interception:\n    ca_certificates: ["
              << from_policy(folder.certificates(), options.config)
              << "]\n    ca_private_key: " << from_policy(folder.key(), options.config) << '\n';
  }
  const std::string config = options.config.empty() ? "FILE" : options.config;
  std::cout << "Workstations trust it once they evaluate what `sallyport env --config " << config
            << "` prints.\n";
}

/// What was written is what the gate will read.
void try_out(const CaFolder& folder, TimePoint now) {
  AuthorityFaults faults;
  const std::vector<std::string> files = {folder.certificates()};
  if (CertificateAuthority::load(files, folder.key(), now, faults) != nullptr) return;
  folder.remove();
  std::string all;
  for (const AuthorityFault& each : faults.errors) all += (all.empty() ? "" : "; ") + each.text();
  throw std::runtime_error("what was made cannot be used: " + all);
}

int ca_init(const CaInitOptions& options) {
  try {
    if (options.config.empty() && !options.is_unconstrained) {
      throw UsageError("--config is needed: the names to vouch for are those that its rules read");
    }
    const CaFolder folder{folder_of(options.folder)};
    const std::string obstacle = folder.obstacle();
    if (!obstacle.empty()) throw UsageError(obstacle);
    std::optional<LoadedPolicy> policy;
    if (!options.config.empty()) policy = policy_of(options.config);
    AuthorityWish wish{.name = options.name.empty() ? random_name() : options.name,
                       .hosts = std::nullopt,
                       .now = wall_clock(),
                       .days = options.days};
    if (!options.is_unconstrained) wish.hosts = hosts_of(*policy, options.config);
    prepare_secret_memory();
    const std::optional<NewAuthority> made = make_authority(wish);
    if (!made) throw std::runtime_error("no CA could be made: " + take_openssl_error());
    const std::string error = folder.write(*made);
    if (!error.empty()) throw UsageError(error);
    try_out(folder, wish.now);
    tell(wish, *made, folder, options, policy);
  } catch (const std::exception& error) {
    std::cerr << "sallyport ca init: " << error.what() << '\n';
    return kExitUsage;
  }
  return 0;
}

}  // namespace

void add_ca(CLI::App& app, int& status) {
  auto options = std::make_shared<CaInitOptions>();
  CLI::App* ca = app.add_subcommand("ca", "The CA that TLS is read with");
  ca->require_subcommand(1);
  CLI::App* init =
      ca->add_subcommand("init", "Make one, constrained to the hosts whose TLS a policy reads");
  init->add_option("DIR", options->folder, "Folder for ca.pem, trust.pem and ca.key")->required();
  init->add_option("--config", options->config, "Policy file");
  init->add_option("--name", options->name, "Name in its subject; without it a random one");
  init->add_flag("--unconstrained", options->is_unconstrained,
                 "Let it vouch for every name: a stolen key is then worth all of them");
  init->add_option("--days", options->days, "How long it lasts (90)")->check(CLI::Range(1, 825));
  init->callback([options, &status] { status = ca_init(*options); });
}

}  // namespace sallyport
