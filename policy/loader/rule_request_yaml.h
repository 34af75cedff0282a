// What a rule asks of a request that is read, and what it grants: `methods`, `urls`,
// `content_types`, `websocket` and `limits` (DESIGN.md, Policy file). Pure; called at load.
#pragma once

#include "policy/loader/diagnostics.h"
#include "policy/loader/fields.h"
#include "policy/loader/pattern_budget.h"
#include "policy/loader/rule_source.h"
#include "policy/rule.h"

namespace sallyport {

/// Reads these keys into `rule`, all other keys of which are read already, its hosts into `source`.
/// What is wrong is told: also what could never hold (a URL whose scheme or host the rule lacks),
/// and what needs requests over https to be read.
void read_request_keys(const Fields& fields, const RuleSource& source, PatternBudget& budget,
                       Diagnostics& diagnostics, Rule& rule);

}  // namespace sallyport
