// Whether one host pattern covers another: what a set excepts, and rules that except all they name.
// Pure; called at load.
#pragma once

#include <optional>

#include "policy/host_pattern.h"

namespace sallyport {

/// Every host that `inner` matches is matched by `outer` too, wildcards taking A-labels and
/// literals. False where that cannot be told (`re:` against anything but `*`, itself and exact
/// names).
bool covers(const HostPattern& outer, const HostPattern& inner);

/// Some host may be matched by both. True where that cannot be told (`re:` against wildcards).
bool may_overlap(const HostPattern& a, const HostPattern& b);

/// The one host of an exact pattern; nothing for others.
std::optional<Host> host_of(const HostPattern& pattern);

}  // namespace sallyport
