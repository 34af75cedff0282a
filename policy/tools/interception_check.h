// Whether what rules ask of requests over https can be asked, and what must never be read is not
// (SEMANTICS.md section 3). Pure; at load alone.
#pragma once

#include <span>
#include <vector>

#include "policy/loader/rule_source.h"
#include "policy/snapshot.h"
#include "policy/tools/finding.h"

namespace sallyport {

/// An error for each rule that needs requests over https read where the policy has no
/// `interception`, for each `intercept: never` on what some rule needs to read, and for each
/// `websocket: false` that a tunnel would carry past it; a warning for each monitor rule whose
/// conditions on the request count in part or never. Rules that have ended at `now` or are not
/// whole are left out.
std::vector<Finding> check_interception(const Snapshot& snapshot, std::span<const RuleSource> rules,
                                        TimePoint now);

}  // namespace sallyport
