#include <iostream>
#include <memory>

#include <boost/json.hpp>

#include "proxy/commands/command.h"
#include "proxy/policy_file.h"
#include "proxy/tls_material.h"

namespace sallyport {
namespace {

struct CheckOptions {
  std::string file;
  bool json = false;
};

boost::json::array to_json(const std::vector<std::string>& lines) {
  boost::json::array array;
  for (const std::string& line : lines) array.emplace_back(line);
  return array;
}

int check(const CheckOptions& options) {
  PolicyFile file = read_policy(options.file);
  read_tls_material(file);
  const bool is_valid = file.policy.has_value();
  const std::vector<std::string> notes = is_valid ? file.policy->notes : std::vector<std::string>();
  if (options.json) {
    boost::json::object object;
    object["valid"] = is_valid;
    object["errors"] = to_json(file.errors);
    object["warnings"] = to_json(file.warnings);
    object["notes"] = to_json(notes);
    if (is_valid) object["policy"] = file.policy->snapshot->hash;
    std::cout << boost::json::serialize(object) << '\n';
    return is_valid ? 0 : 1;
  }
  for (const std::string& error : file.errors) std::cout << error << '\n';
  for (const std::string& warning : file.warnings) std::cout << warning << '\n';
  for (const std::string& note : notes) std::cout << note << '\n';
  if (is_valid) {
    std::cout << options.file << ": valid, " << file.policy->snapshot->rules.size()
              << (file.policy->snapshot->rules.size() == 1 ? " rule, policy " : " rules, policy ")
              << file.policy->snapshot->hash.substr(0, 12) << '\n';
  }
  return is_valid ? 0 : 1;
}

}  // namespace

void add_check(CLI::App& app, int& status) {
  auto options = std::make_shared<CheckOptions>();
  CLI::App* command =
      app.add_subcommand("check", "Validate a policy file: every error, with its place");
  command->add_option("FILE", options->file, "Policy file")->required();
  command->add_flag("--json", options->json, "One JSON object");
  command->callback([options, &status] { status = check(*options); });
}

}  // namespace sallyport
