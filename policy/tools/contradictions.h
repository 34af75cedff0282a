// Rules of a policy that cannot do what they look like, since another one, or the default, has
// decided already (SEMANTICS.md section 11, check). Warnings alone. Pure; at load alone.
#pragma once

#include <span>
#include <vector>

#include "policy/loader/rule_source.h"
#include "policy/snapshot.h"
#include "policy/tools/finding.h"

namespace sallyport {

/// Warns of an allow rule that a deny leaves nothing, of a deny rule for hosts that no rule allows,
/// and of an exception that excepts nothing. Rules that are not whole are left out.
std::vector<Finding> check_contradictions(const Snapshot& snapshot,
                                          std::span<const RuleSource> rules);

}  // namespace sallyport
