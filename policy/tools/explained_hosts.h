// The hosts that `explain_refused` answers for. Pure; at load alone.
#pragma once

#include <vector>

#include "policy/aws/fill.h"
#include "policy/interception.h"

namespace sallyport {

/// All AWS API hosts of the partitions that the organization's regions are in (absent: aws), by the
/// domains of those APIs. `mark` is where it is asked for.
std::vector<InterceptedHost> explained_hosts(const OrganizationLabels& organization, Mark mark);

}  // namespace sallyport
