// The parts of a policy file that are no rules and hold for all traffic: `mode contact clients
// resolver limits timeouts`.
#pragma once

#include "policy/loader/diagnostics.h"
#include "policy/loader/fields.h"
#include "policy/loader/policy_files.h"
#include "policy/snapshot.h"

namespace sallyport {

/// Fills what is written; tells what is wrong.
void read_traffic_settings(const Fields& top, const PolicyFiles& files, Diagnostics& diagnostics,
                           Snapshot& snapshot);

}  // namespace sallyport
