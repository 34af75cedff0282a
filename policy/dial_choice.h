// Which of the addresses of a host is dialled (SEMANTICS.md section 2, networks). Pure.
#pragma once

#include <cstdint>

#include "policy/condition.h"
#include "policy/snapshot.h"
#include "policy/values/facts.h"

namespace sallyport {

/// By which rules a choice is made.
enum class ChosenFor : std::uint8_t {
  enforcing_rules,  ///< the enforcing allow rules that are not false yet
  monitor_rules,    ///< the monitor allow rules that are not false yet
  monitor_mode,     ///< none: what the guard passes by itself
};

/// Monitor mode is on for the client that asks: by its own mode, else by the policy's.
bool is_monitored(const Snapshot& snapshot, const Facts& facts) noexcept;

/// For whom the address is chosen: the enforcing rules, or what lifted their block.
ChosenFor chosen_for(const Snapshot& snapshot, const Facts& facts) noexcept;

/// The address that is dialled, or would be.
DialChoice choose_address(const Snapshot& snapshot, const Facts& facts, ChosenFor who) noexcept;

/// All addresses that may be dialled, in the order to try: those that the most rules accept first,
/// else as resolved. Empty where none may, or none is known.
AddressList dial_order(const Snapshot& snapshot, const Facts& facts);

}  // namespace sallyport
