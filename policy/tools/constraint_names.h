// The names to which a CA can be constrained that signs for what a policy reads, and for nothing
// else. For `ca init`. Pure; at load alone.
#pragma once

#include <span>
#include <vector>

#include "policy/interception.h"
#include "policy/values/host.h"

namespace sallyport {

/// The name constraints of RFC 5280 section 4.2.1.10 under which a CA can sign for all hosts of a
/// list.
struct ConstraintNames {
  /// Names, sorted by their text, none below another: each stands for itself and for all names
  /// below it. Behind them single addresses, sorted.
  std::vector<Host> hosts;
  /// What no constraint can hold (`*`, `re:`, no literal last label): with one of these, only a CA
  /// without constraints would do.
  std::vector<InterceptedHost> unconstrained;
};

/// A suffix is what a pattern's literal last labels say; regions that the organization lists are
/// written out, unless the list would be longer than a certificate should carry.
ConstraintNames constraint_names(std::span<const InterceptedHost> hosts);

}  // namespace sallyport
