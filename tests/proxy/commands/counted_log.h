// An audit log, read and counted, for the tests of what `sallyport top` shows of it.
#pragma once

#include <string>
#include <string_view>

#include "metrics/audit_log_reader.h"
#include "metrics/blocked_counts.h"
#include "proxy/commands/top_view.h"

namespace sallyport::test {

struct CountedLog {
  BlockedCounts counts;
  AuditLogReader log{[this](const AuditEntry& entry) { counts.take(entry); }};

  /// A record of a CONNECT; `host` and `more` are JSON, `more` begins with a comma.
  void add(std::string_view decision, std::string_view host, std::string_view more = "") {
    log.read(R"({"schema":1,"event":"connect","time":"2026-12-24T18:00:00.000042Z",)"
             R"("client":"10.20.0.7","client_name":"data-science","decision":")" +
             std::string(decision) + R"(","reason":")" +
             (decision == "allow" ? "allowed" : "host_not_allowed") + R"(","host":")" +
             std::string(host) + '"' + std::string(more) + "}\n");
  }

  TopView view(std::size_t rows = 20) const { return {counts, log, "audit.jsonl", rows}; }
};

}  // namespace sallyport::test
