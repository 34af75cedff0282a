#include "policy/tools/check.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "policy/tools/contradictions.h"
#include "policy/tools/tenancy.h"

namespace sallyport {
namespace {

/// Before the first that stands behind it, so that the list stays in the order of the file;
/// diagnostics of the files that a policy names follow its own.
void insert(std::vector<Diagnostic>& list, Diagnostic diagnostic) {
  const auto place = std::find_if(list.begin(), list.end(), [&](const Diagnostic& each) {
    return each.file != diagnostic.file || diagnostic.mark < each.mark;
  });
  list.insert(place, std::move(diagnostic));
}

}  // namespace

std::vector<Finding> check_policy(const Snapshot& snapshot, std::span<const RuleSource> rules,
                                  const OrganizationLabels& organization) {
  std::vector<Finding> findings = check_tenancy(snapshot, rules, organization);
  std::vector<Finding> more = check_contradictions(snapshot, rules);
  std::move(more.begin(), more.end(), std::back_inserter(findings));
  return findings;
}

void add_checks(LoadResult& loaded) {
  if (!loaded.draft) return;
  for (Finding& each : check_policy(*loaded.draft, loaded.rules, loaded.organization)) {
    switch (each.severity) {
      case Finding::Severity::error:
        insert(loaded.errors, {loaded.file, each.mark, std::move(each.message)});
        break;
      case Finding::Severity::warning:
        insert(loaded.warnings, {loaded.file, each.mark, std::move(each.message)});
        break;
      case Finding::Severity::note:
        if (loaded.policy) loaded.policy->notes.push_back(std::move(each.message));
        break;
    }
  }
  if (!loaded.errors.empty()) loaded.policy.reset();
}

}  // namespace sallyport
