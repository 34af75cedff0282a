// The load-time check of SEMANTICS.md section 7: which allow rules are open, so that a stranger can
// be at the other end of what they allow. Pure; at load alone.
#pragma once

#include <span>
#include <vector>

#include "policy/aws/fill.h"
#include "policy/loader/route_source.h"
#include "policy/loader/rule_source.h"
#include "policy/snapshot.h"
#include "policy/tools/finding.h"

namespace sallyport {

/// An error for each item of `hosts` that opens an enforcing allow rule without
/// `multi_tenant: accept` and takes no pinned route; a note for each rule that is open because it
/// says so or is a monitor rule; a warning where `accept` accepts nothing. Rules that are not whole
/// are left out.
std::vector<Finding> check_tenancy(const Snapshot& snapshot, std::span<const RuleSource> rules,
                                   std::span<const RouteSource> routes,
                                   const OrganizationLabels& organization);

}  // namespace sallyport
