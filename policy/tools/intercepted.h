// Whose requests over https the rules of a policy have read. For `check`, for `ca init` and for
// messages; no decision is made by it. Pure; at load alone.
#pragma once

#include <span>
#include <vector>

#include "policy/interception.h"
#include "policy/loader/rule_source.h"
#include "policy/snapshot.h"

namespace sallyport {

/// The patterns of each enforcing allow rule through which https can be read, in the order of the
/// file: those for which it asks about requests itself, and those that an enforcing deny rule that
/// does may meet in host, port and client. Rules that have ended at `now` or are not whole are left
/// out; so is what the allow rule excepts wholly.
std::vector<InterceptedHost> intercepted_hosts(const Snapshot& snapshot,
                                               std::span<const RuleSource> rules, TimePoint now);

}  // namespace sallyport
