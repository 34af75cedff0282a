// What `sallyport top` shows, in whichever form: the counts, and what of the log was none.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "metrics/audit_log_reader.h"
#include "metrics/blocked_counts.h"

namespace sallyport {

struct TopView {
  const BlockedCounts& counts;
  const AuditLogReader& log;
  std::string_view path;
  std::size_t rows = 0;  ///< of each kind, at most
};

/// The words for what blocks are counted by.
struct BlockedByWords {
  BlockedBy what;
  std::string_view one;   ///< the heading of a row's name, and its key
  std::string_view many;  ///< the key of a list
};
inline constexpr std::array kBlockedByWords{BlockedByWords{BlockedBy::host, "host", "hosts"},
                                            BlockedByWords{BlockedBy::client, "client", "clients"},
                                            BlockedByWords{BlockedBy::reason, "reason", "reasons"},
                                            BlockedByWords{BlockedBy::rule, "rule", "rules"}};

}  // namespace sallyport
