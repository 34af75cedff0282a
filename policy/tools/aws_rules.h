// Rules with `aws:` that could never match (SEMANTICS.md section 3). Pure; at load alone.
#pragma once

#include <span>
#include <vector>

#include "policy/loader/rule_source.h"
#include "policy/snapshot.h"
#include "policy/tools/finding.h"

namespace sallyport {

/// An error for each rule with `aws:` on hosts of which none is an AWS endpoint, and for each of
/// its services that no host of the rule is an endpoint of.
std::vector<Finding> check_aws_rules(const Snapshot& snapshot, std::span<const RuleSource> rules);

}  // namespace sallyport
