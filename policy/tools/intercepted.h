// Whose requests over https the rules of a policy have read, and the names to which a CA that does
// no more than that can be constrained. For `check`, for `ca init` and for messages; no decision is
// made by it. Pure; at load alone.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "policy/aws/fill.h"
#include "policy/interception.h"
#include "policy/loader/rule_source.h"
#include "policy/snapshot.h"
#include "policy/values/ip_address.h"

namespace sallyport {

/// The patterns of each enforcing allow rule through which https can be read, in the order of the
/// file: those for which it asks about requests itself, and those that an enforcing deny rule that
/// does may meet in host, port and client. Rules that have ended at `now` or are not whole are left
/// out; so is what the allow rule excepts wholly.
std::vector<InterceptedHost> intercepted_hosts(const Snapshot& snapshot,
                                               std::span<const RuleSource> rules, TimePoint now);

/// What `explain_refused` answers for: all AWS API hosts of the partitions that the organization's
/// regions are in (absent: aws), by the domains of those APIs. `mark` is where it is asked for.
std::vector<InterceptedHost> explained_hosts(const OrganizationLabels& organization, Mark mark);

/// The name constraints of RFC 5280 section 4.2.1.10 under which a CA can sign for all hosts of a
/// list.
struct ConstraintNames {
  /// DNS suffixes in canonical text, sorted, none below another: each stands for itself and for all
  /// names below it.
  std::vector<std::string> names;
  /// Address literals, sorted.
  std::vector<IpAddress> addresses;
  /// What no constraint can hold (`*`, `re:`, no literal last label): with one of these, only a CA
  /// without constraints would do.
  std::vector<InterceptedHost> unconstrained;
};

/// A suffix is what a pattern's literal last labels say; regions that the organization lists are
/// written out, unless the list would be longer than a certificate should carry.
ConstraintNames constraint_names(std::span<const InterceptedHost> hosts);

}  // namespace sallyport
