// The regions that host patterns show: AWS hosts that have one in their name. Pure; called at load.
#pragma once

#include <string>
#include <vector>

#include "policy/host_pattern.h"

namespace sallyport {

/// Regions stand in some label of the pattern.
bool shows_region(const HostPattern& pattern);

/// The pattern with these regions alone in its labels; false if none of them can stand there.
bool restrict_to(HostPattern& pattern, const std::vector<std::string>& regions);

/// The pattern once for each region that its labels list, which is written out; itself where they
/// list none.
std::vector<HostPattern> in_each_region(const HostPattern& pattern);

}  // namespace sallyport
