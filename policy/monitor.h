// Monitor mode: what passes although the enforcing rules block it, and is only recorded
// (SEMANTICS.md section 5). Pure.
#pragma once

#include "policy/snapshot.h"
#include "policy/values/decision.h"
#include "policy/values/facts.h"

namespace sallyport {

/// What becomes of an attempt that the enforcing rules block for a reason that monitor lifts: it
/// passes as would_block, needs a fact before it can, or stays blocked.
Answer lift(const Snapshot& snapshot, const Facts& facts, const Answer& blocked) noexcept;

/// An allowed attempt that a monitor deny would have blocked: allowed and recorded as would_block.
Answer note_monitor_denies(const Snapshot& snapshot, const Facts& facts,
                           const Answer& allowed) noexcept;

}  // namespace sallyport
