// Routes that cannot serve what they catch, or that catch nothing (SEMANTICS.md sections 6 and 7).
// Pure; at load alone.
#pragma once

#include <span>
#include <vector>

#include "policy/loader/route_source.h"
#include "policy/loader/rule_source.h"
#include "policy/snapshot.h"
#include "policy/tools/finding.h"

namespace sallyport {

/// An error for each route to a VPC endpoint of another region than the hosts that it catches; a
/// warning for each that catches no host: none in its regions, none that is left by the routes
/// before it, or none that a rule allows. Routes and rules that are not whole, and rules that have
/// ended at `now`, are left out.
std::vector<Finding> check_routes(const Snapshot& snapshot, std::span<const RuleSource> rules,
                                  std::span<const RouteSource> routes, TimePoint now);

}  // namespace sallyport
