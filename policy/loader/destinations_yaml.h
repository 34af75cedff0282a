// `destinations` of a policy file: where origins may be, and how they are reached and known.
#pragma once

#include "policy/interception.h"
#include "policy/loader/diagnostics.h"
#include "policy/loader/fields.h"
#include "policy/loader/policy_files.h"
#include "policy/loader/route_source.h"
#include "policy/loader/rule_hosts_yaml.h"
#include "policy/snapshot.h"

namespace sallyport {

/// Fills what is written, and the place of `ca_bundle` into `marks`; the routes as they are
/// written. Tells what is wrong. A bundle that is written joins the policy's files, also while it
/// cannot be read: who verifies origins by it judges it.
std::vector<RouteSource> read_destinations(const Fields& top, PolicyFiles& files, RuleHosts& hosts,
                                           Diagnostics& diagnostics, Destinations& destinations,
                                           InterceptionMarks& marks);

}  // namespace sallyport
