// `destinations.routes` of a policy file, compiled into a snapshot.
#pragma once

#include <vector>

#include "policy/loader/diagnostics.h"
#include "policy/loader/fields.h"
#include "policy/loader/route_source.h"
#include "policy/loader/rule_hosts_yaml.h"
#include "policy/routes.h"

namespace sallyport {

/// Reads the routes that `destinations` names into `routes`, and as they are written into the
/// vector that is returned, one for one. What is wrong is told.
std::vector<RouteSource> read_routes(const Fields& destinations, RuleHosts& hosts,
                                     Diagnostics& diagnostics, Routes& routes);

}  // namespace sallyport
