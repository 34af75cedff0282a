#include "policy/tools/check.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <tuple>
#include <utility>

#include "policy/tools/aws_rules.h"
#include "policy/tools/contradictions.h"
#include "policy/tools/explained_hosts.h"
#include "policy/tools/intercepted.h"
#include "policy/tools/interception_check.h"
#include "policy/tools/routes_check.h"
#include "policy/tools/tenancy.h"
#include "policy/tools/voiding.h"

namespace sallyport {
namespace {

/// Adds diagnostics of the policy's own file to a list that is in the order of the file, and keeps
/// it so; diagnostics of the files that a policy names follow its own. How many were too many.
std::size_t add(std::vector<Diagnostic>& list, std::vector<Diagnostic> more,
                const std::string& file) {
  const std::size_t room = kErrorsToldMax - std::min(list.size(), kErrorsToldMax);
  const std::size_t left_out = more.size() - std::min(more.size(), room);
  more.resize(more.size() - left_out);
  if (more.empty()) return left_out;
  std::move(more.begin(), more.end(), std::back_inserter(list));
  std::stable_sort(list.begin(), list.end(), [&](const Diagnostic& a, const Diagnostic& b) {
    return std::tuple(a.file != file, a.mark) < std::tuple(b.file != file, b.mark);
  });
  return left_out;
}

/// All hosts for which TLS is terminated.
std::vector<InterceptedHost> read_hosts(const LoadResult& loaded) {
  auto hosts = intercepted_hosts(*loaded.draft, loaded.rules, loaded.now);
  if (!loaded.draft->interception->explains_refused) return hosts;
  auto more =
      explained_hosts(loaded.organization, loaded.policy->interception_marks.explain_refused);
  std::move(more.begin(), more.end(), std::back_inserter(hosts));
  return hosts;
}

}  // namespace

std::vector<Finding> check_policy(const Snapshot& snapshot, std::span<const RuleSource> rules,
                                  std::span<const RouteSource> routes,
                                  const OrganizationLabels& organization, TimePoint now) {
  std::vector<Finding> findings = check_tenancy(snapshot, rules, routes, organization);
  for (auto more : {check_contradictions(snapshot, rules), check_aws_rules(snapshot, rules),
                    check_voiding(snapshot, rules, now), check_interception(snapshot, rules, now),
                    check_routes(snapshot, rules, routes, now)}) {
    std::move(more.begin(), more.end(), std::back_inserter(findings));
  }
  return findings;
}

void add_checks(LoadResult& loaded) {
  if (!loaded.draft) return;
  std::vector<Diagnostic> errors;
  std::vector<Diagnostic> warnings;
  for (Finding& each :
       check_policy(*loaded.draft, loaded.rules, loaded.routes, loaded.organization, loaded.now)) {
    switch (each.severity) {
      case Finding::Severity::error:
        errors.push_back({loaded.file, each.mark, std::move(each.message)});
        break;
      case Finding::Severity::warning:
        warnings.push_back({loaded.file, each.mark, std::move(each.message)});
        break;
      case Finding::Severity::note:
        if (loaded.policy) loaded.policy->notes.push_back(std::move(each.message));
        break;
    }
  }
  add(loaded.warnings, std::move(warnings), loaded.file);
  if (const auto left_out = add(loaded.errors, std::move(errors), loaded.file); left_out != 0) {
    loaded.errors.push_back(
        {loaded.file, {}, "and " + std::to_string(left_out) + " more errors of the whole policy"});
  }
  if (!loaded.errors.empty()) loaded.policy.reset();
  if (loaded.policy && loaded.draft->interception) loaded.policy->intercepted = read_hosts(loaded);
}

}  // namespace sallyport
