// What is wrong with a whole policy although each of its keys is right (SEMANTICS.md sections 3, 7
// and 11): added to what the loader found. Pure; at load alone.
#pragma once

#include <span>
#include <vector>

#include "policy/loader/policy_yaml.h"
#include "policy/tools/finding.h"

namespace sallyport {

/// All checks over a compiled policy and its rules as they are written. `now` decides which rules
/// have ended.
std::vector<Finding> check_policy(const Snapshot& snapshot, std::span<const RuleSource> rules,
                                  std::span<const RouteSource> routes,
                                  const OrganizationLabels& organization, TimePoint now);

/// Adds the errors, warnings and notes of all checks to `loaded`, and to its policy the hosts whose
/// requests over https are read; with an error it has no policy any more.
void add_checks(LoadResult& loaded);

}  // namespace sallyport
