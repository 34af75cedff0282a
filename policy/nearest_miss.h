// Why no rule allowed an attempt: the rule that came nearest and the condition it failed on
// (SEMANTICS.md section 4). Reporting never changes a verdict. Pure.
#pragma once

#include "policy/condition.h"
#include "policy/snapshot.h"
#include "policy/values/decision.h"
#include "policy/values/facts.h"

namespace sallyport {

/// REQUIRES: no enforcing allow rule is true or unknown. Reason and rule of the nearest miss;
/// `after` is left at Stage::connect. No rule whose hosts match: `host_not_allowed` or
/// `address_literal`.
Verdict nearest_miss(const Snapshot& snapshot, const Facts& facts,
                     const DialChoice& choice) noexcept;

}  // namespace sallyport
