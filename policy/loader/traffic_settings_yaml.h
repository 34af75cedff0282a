// The parts of a policy file that are no rules and hold for all traffic: `mode contact clients
// destinations resolver limits timeouts`.
#pragma once

#include <string_view>
#include <vector>

#include "policy/loader/diagnostics.h"
#include "policy/loader/fields.h"
#include "policy/loader/policy_files.h"
#include "policy/snapshot.h"

namespace sallyport {

/// Fills what is written; tells what is wrong.
void read_traffic_settings(const Fields& top, const PolicyFiles& files, Diagnostics& diagnostics,
                           Snapshot& snapshot);

/// The networks of a list; those that are none are told.
std::vector<Network> read_networks(const Fields& fields, std::string_view key,
                                   Diagnostics& diagnostics);

/// Warns of networks that a policy opens in vain, since the guard passes none of their addresses.
void warn_of_undialled(const Fields& fields, std::string_view key, Diagnostics& diagnostics);

}  // namespace sallyport
