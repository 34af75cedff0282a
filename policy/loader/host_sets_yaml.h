// `host_sets` of a policy file: own lists of host patterns, written out or one a line in a file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/host_pattern.h"
#include "policy/loader/diagnostics.h"
#include "policy/loader/fields.h"
#include "policy/loader/pattern_budget.h"
#include "policy/loader/policy_files.h"

namespace sallyport {

struct HostSet {
  std::string name;  ///< without `@`
  Mark mark;
  HostPatterns patterns;
  /// What `except` cuts out of wildcards of the set; patterns that it covers are gone already.
  std::vector<HostPattern> cuts;
};

/// Reads all sets; what is wrong is told. A set holds patterns, never other sets.
std::vector<HostSet> read_host_sets(const Fields& top, PolicyFiles& files, PatternBudget& budget,
                                    Diagnostics& diagnostics);

}  // namespace sallyport
