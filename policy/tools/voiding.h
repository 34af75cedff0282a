// An allow rule that asks nothing of the request lets pass what another one looks at: then what the
// other asks has no effect (SEMANTICS.md section 3). Pure; at load alone.
#pragma once

#include <span>
#include <vector>

#include "policy/loader/rule_source.h"
#include "policy/snapshot.h"
#include "policy/tools/finding.h"

namespace sallyport {

/// An error for each pair of enforcing allow rules of which the first, without conditions on the
/// request, covers a host of the second, which has some, by a wildcard or `re:`, for the same
/// client, port and scheme. Rules that have ended at `now` or are not whole are left out.
std::vector<Finding> check_voiding(const Snapshot& snapshot, std::span<const RuleSource> rules,
                                   TimePoint now);

}  // namespace sallyport
