// Conditions on values that a request shows: accounts, actions, buckets ... (SEMANTICS.md section
// 2). An allow needs all shown values inside, a deny any; what cannot be told is false in an allow
// and true in a deny. Pure, allocates nothing, cannot fail.
#pragma once

#include "policy/rule.h"
#include "policy/truth.h"
#include "policy/values/facts.h"

namespace sallyport {

/// How much of an attempt the shown values stand for.
struct ShownBy {
  bool is_request = false;  ///< the request's values; else the host's alone
  bool body_is_known = false;
};

/// Judges one condition. `shown` may be null: nothing is shown. Without the request, what the host
/// shows can only rule an allow out, or make a deny by service or region true.
Judgement judge_shown(const ValueCondition& condition, Effect effect, const AwsFacts* shown,
                      ShownBy by) noexcept;

}  // namespace sallyport
