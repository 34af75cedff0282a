// The policy as one pure, total function (DESIGN.md, One loop; SEMANTICS.md section 3).
#pragma once

#include "policy/snapshot.h"
#include "policy/values/decision.h"
#include "policy/values/facts.h"

namespace sallyport {

/// Told what is known, answers allow, block, or the one fact it needs next. Does no I/O, knows no
/// clock, allocates nothing, cannot throw. The caller fetches what is needed, adds it to the facts,
/// keeps `verdict` of a need that would_block in `facts.lifted`, and asks again.
Answer decide(const Snapshot& snapshot, const Facts& facts) noexcept;

}  // namespace sallyport
