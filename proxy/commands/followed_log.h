// Reads a log for as long as it grows, until somebody ends the command. POSIX and Linux alone.
#pragma once

#include <functional>
#include <string>

#include "metrics/audit_log_reader.h"
#include "metrics/log_input.h"

namespace sallyport {

/// Reads `input`, which is open and followed, into `log`, and calls `show`: once all that was there
/// has been read, then where something came, at most once a second, and at the end. Ends by SIGINT
/// and SIGTERM, or where the input does: `""`; or by what went wrong. `show` says false where
/// nobody can be shown anything any more.
std::string follow_log(LogInput& input, AuditLogReader& log, const std::function<bool()>& show);

}  // namespace sallyport
