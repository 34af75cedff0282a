// One readable line for a person at a terminal, for an attempt that was or would be blocked.
#pragma once

#include <string>

#include "metrics/attempt_record.h"

namespace sallyport {

/// `18:00:00 BLOCKED 10.20.0.7 (data-science) CONNECT evil.example:443: host_not_allowed, rule
/// never` and a line feed; the time is UTC. Empty for what is allowed. Whatever the client chose is
/// escaped as in the audit line; control bytes appear only as the colours, and those only
/// `with_colour`.
std::string live_line(const AttemptRecord& record, bool with_colour);

}  // namespace sallyport
