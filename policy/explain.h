// Why an attempt is decided as it is: each rule, and the condition it failed on or waits for. Made
// of the same evaluation that decides, after the verdict; never on the path of a request.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "policy/condition.h"
#include "policy/snapshot.h"
#include "policy/values/decision.h"
#include "policy/values/facts.h"

namespace sallyport {

/// What one rule said of the facts.
struct Considered {
  enum class Outcome : std::uint8_t {
    matched,
    failed,     ///< on `condition`, told as `reason`
    waits_for,  ///< the fact `fact`
  };
  RuleIndex rule = kNoRule;
  Outcome outcome = Outcome::failed;
  ConditionKind condition = ConditionKind::hosts;
  Reason reason = Reason::host_not_allowed;
  Stage fact = Stage::connect;
};

/// All rules in file order, as they stand for these facts.
std::vector<Considered> explain(const Snapshot& snapshot, const Facts& facts);

/// The key of `organization` that would let a built-in set's pattern match this blocked host, if
/// that is what is missing; `""` if not.
std::string_view unfilled_key(const Snapshot& snapshot, const Host& host);

}  // namespace sallyport
