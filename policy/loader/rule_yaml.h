// `rules` of a policy file, compiled into a snapshot.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "policy/aws/fill.h"
#include "policy/loader/diagnostics.h"
#include "policy/loader/fields.h"
#include "policy/loader/host_sets_yaml.h"
#include "policy/loader/pattern_budget.h"
#include "policy/loader/rule_source.h"
#include "policy/snapshot.h"
#include "policy/values/facts.h"

namespace sallyport {

/// What rules refer to.
struct RuleContext {
  const OrganizationLabels& organization;
  std::span<const HostSet> sets;
  PatternBudget& budget;
  TimePoint now;
};

/// Reads all rules into `snapshot`, whose clients are read already, and as they are written into
/// the vector that is returned, one for one. What is wrong is told; `notes` gets what sets leave
/// out.
std::vector<RuleSource> read_rules(const Fields& top, const RuleContext& context,
                                   Diagnostics& diagnostics, Snapshot& snapshot,
                                   std::vector<std::string>& notes);

}  // namespace sallyport
