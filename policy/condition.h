// The conditions of a rule, three-valued over the facts at hand (SEMANTICS.md section 2): true,
// false, or unknown because a fact was not read yet and still can be. What cannot be read any more
// counts against the attempt. Pure, allocates nothing, cannot fail.
#pragma once

#include "policy/rule.h"
#include "policy/snapshot.h"
#include "policy/truth.h"
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

/// What a rule says of the facts at hand.
struct Evaluation {
  Truth truth = Truth::yes;
  /// For `no`: the first condition that is false, and the reason a block by it is told as.
  ConditionKind failed = ConditionKind::hosts;
  Reason reason = Reason::allowed;
  /// For `unknown`: the earliest fact that an unknown condition waits for.
  Stage waits_for = Stage::body;
};

/// Which of the facts at hand are looked at.
enum class Seen : std::uint8_t {
  all,
  before_dial,  ///< of a CONNECT what was known when its origin was dialled: not the first bytes
};

/// False for a rule with `aws:` conditions where the host is no AWS endpoint: then it does not
/// match, as if its hosts did not.
bool speaks_of_host(const Rule& rule, const Facts& facts) noexcept;

/// Evaluates all conditions of the rule that `match` names, for the address that is or would be
/// dialled. An allow's `networks` are unknown where the choice is left open.
Evaluation evaluate(const Snapshot& snapshot, const RuleMatch& match, const Facts& facts,
                    const DialChoice& choice, Seen seen = Seen::all) noexcept;

}  // namespace sallyport
