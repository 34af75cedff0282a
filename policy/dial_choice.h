// Which of the addresses of a host is dialled (SEMANTICS.md section 2, networks). Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "policy/snapshot.h"
#include "policy/values/facts.h"

namespace sallyport {

/// What the address fact says to a verdict.
struct DialChoice {
  enum class State : std::uint8_t {
    unknown,    ///< not resolved yet, or left open
    assumed,    ///< taken to pass (explain without an address)
    chosen,     ///< `address` is or would be dialled
    forbidden,  ///< the guard passes none
    refused,    ///< the guard passes some, no rule accepts one
  };
  State state = State::unknown;
  ResolvedAddress address;
};

/// By which rules a choice is made.
enum class ChosenFor : std::uint8_t {
  enforcing_rules,  ///< the enforcing allow rules that are not false yet
  monitor_rules,    ///< the monitor allow rules that are not false yet
  monitor_mode,     ///< none: what the guard passes by itself
};

/// The address that is dialled, or would be.
DialChoice choose_address(const Snapshot& snapshot, const Facts& facts, ChosenFor who) noexcept;

/// The rule, by itself, accepts some address that may still be dialled (the one that was, if any).
bool accepts_some(const Snapshot& snapshot, const Rule& rule, const Facts& facts) noexcept;

/// All addresses that may be dialled, in the order to try: those that the most rules accept first,
/// else as resolved. Empty where none may, or none is known.
std::vector<IpAddress> dial_order(const Snapshot& snapshot, const Facts& facts);

}  // namespace sallyport
