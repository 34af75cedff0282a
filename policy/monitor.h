// Monitor mode: what passes although the enforcing rules block it, and is only recorded
// (SEMANTICS.md section 5). Pure.
#pragma once

#include "policy/dial_choice.h"
#include "policy/snapshot.h"
#include "policy/values/decision.h"
#include "policy/values/facts.h"

namespace sallyport {

/// Monitor mode is on for the client that asks: by its own mode, else by the policy's.
bool is_monitored(const Snapshot& snapshot, const Facts& facts) noexcept;

/// For whom the address is chosen: the enforcing rules, or what lifted their block.
ChosenFor chosen_for(const Snapshot& snapshot, const Facts& facts) noexcept;

/// What becomes of an attempt that the enforcing rules block for a reason that monitor lifts: it
/// passes as would_block, needs a fact before it can, or stays blocked.
Answer lift(const Snapshot& snapshot, const Facts& facts, const Answer& blocked) noexcept;

/// An allowed attempt that a monitor deny would have blocked: allowed and recorded as would_block.
Answer note_monitor_denies(const Snapshot& snapshot, const Facts& facts,
                           const Answer& allowed) noexcept;

}  // namespace sallyport
