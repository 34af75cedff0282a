#include "policy/loader/policy_yaml.h"

#include <utility>

#include "policy/loader/destinations_yaml.h"
#include "policy/loader/document_yaml.h"
#include "policy/loader/fields.h"
#include "policy/loader/gate_settings_yaml.h"
#include "policy/loader/host_sets_yaml.h"
#include "policy/loader/interception_yaml.h"
#include "policy/loader/organization_yaml.h"
#include "policy/loader/pattern_budget.h"
#include "policy/loader/policy_files.h"
#include "policy/loader/rule_hosts_yaml.h"
#include "policy/loader/rule_yaml.h"
#include "policy/loader/traffic_settings_yaml.h"

namespace sallyport {
namespace {

void check_version(const Fields& top, Diagnostics& diagnostics) {
  const YamlNode* version = top.find("version");
  if (version == nullptr) return;  // told already
  if (version->text == "1" && !version->is_quoted) return;
  diagnostics.error(version->mark,
                    "this program reads version 1 of the format; write `version: 1`");
}

LoadResult load(std::string_view text, const std::string& path, PolicyFiles& files, TimePoint now) {
  LoadResult result;
  result.file = path;
  result.now = now;
  Diagnostics diagnostics(path);
  LoadedPolicy policy;
  const auto snapshot = std::make_shared<Snapshot>();
  if (const auto root = read_yaml(text, "version: 1", diagnostics)) {
    const Fields top(*root, Block::top, diagnostics);
    check_version(top, diagnostics);
    result.organization = read_organization(top, diagnostics);
    policy.gate.no_proxy = read_no_proxy(top);
    read_gate_settings(top, files, diagnostics, policy.gate);
    read_traffic_settings(top, files, diagnostics, *snapshot);
    policy.interception_marks.file = path;
    read_interception(top, files, diagnostics, *snapshot, policy.interception_marks);
    PatternBudget budget(diagnostics);
    const auto sets = read_host_sets(top, files, budget, diagnostics);
    RuleHosts hosts(result.organization, sets, budget, diagnostics, *snapshot, policy.notes);
    result.routes = read_destinations(top, files, hosts, diagnostics, snapshot->destinations,
                                      policy.interception_marks);
    const RuleContext context{result.organization, sets, budget, now};
    result.rules = read_rules(top, context, diagnostics, *snapshot, policy.notes);
    snapshot->hash = files.hash();
  }
  result.errors = diagnostics.errors();
  result.warnings = diagnostics.warnings();
  result.draft = snapshot;
  if (diagnostics.has_errors()) return result;
  policy.snapshot = snapshot;
  policy.files = files.paths();
  result.policy = std::move(policy);
  return result;
}

}  // namespace

LoadResult load_policy(const std::string& path, const PolicySource& source, TimePoint now) {
  PolicyFiles files(path, source);
  std::string error;
  if (const std::string* text = files.read(path, error)) return load(*text, path, files, now);
  LoadResult result;
  result.file = path;
  result.errors.push_back({path, {}, "cannot be read: " + error});
  return result;
}

LoadResult load_policy_text(std::string_view text, const std::string& path,
                            const PolicySource& source, TimePoint now) {
  PolicyFiles files(path, source);
  files.add(path, text);
  return load(text, path, files, now);
}

std::string_view builtin_policy_text() {
  return R"(version: 1
rules:
  - name: console
    hosts: ["aws.amazon.com", "*.aws.amazon.com", "@aws-console", "@aws-sign-in",
            "@iam-identity-center"]
    multi_tenant: accept
  - {name: sagemaker, hosts: ["@sagemaker-studio", "@sagemaker-api"], multi_tenant: accept}
  - {name: studio-lab, effect: deny, hosts: ["@sagemaker-studio-lab"]}
)";
}

}  // namespace sallyport
