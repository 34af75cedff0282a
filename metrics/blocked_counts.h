// What an audit log tells of blocks: which hosts, clients, reasons and rules, how often, and which
// allowed host a blocked one follows, since allowed hosts redirect to hosts that no rule lists.
// Pure counting in bounded memory, whatever a log holds. Not for use by several threads at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "metrics/audit_line_reader.h"
#include "metrics/counted_names.h"
#include "metrics/last_allowed.h"

namespace sallyport {

/// By what blocks are counted.
enum class BlockedBy : std::uint8_t { host, client, reason, rule };
inline constexpr std::array kBlockedBy{BlockedBy::host, BlockedBy::client, BlockedBy::reason,
                                       BlockedBy::rule};

class BlockedCounts {
 public:
  /// Some MiB of names as they are, 70 MiB of the longest there can be.
  static constexpr std::size_t kNamesMax = 16'384;
  /// Of one blocked host.
  static constexpr std::size_t kFollowsMax = 3;

  /// An allowed host, and how often the blocked one followed it.
  struct Followed {
    std::string_view host;
    std::uint64_t count = 0;
  };

  struct Row {
    std::string_view name;         ///< `""`: records that tell none
    std::string_view client_name;  ///< of a client
    BlockedCount count;
    std::vector<Followed> follows;  ///< of a host, most first
  };

  /// REQUIRES: names_max of 2 at least.
  explicit BlockedCounts(std::size_t names_max = kNamesMax);

  void take(const AuditEntry& entry);

  /// Attempts that were allowed.
  std::uint64_t allowed() const { return allowed_; }
  /// All that was blocked, or would have been.
  const BlockedCount& blocked() const { return blocked_; }
  /// The times of the first and the last that are in these; nothing where there is none.
  const std::optional<TimePoint>& from() const { return from_; }
  const std::optional<TimePoint>& to() const { return to_; }

  /// The rows counted most, most first. Valid until the next take().
  std::vector<Row> most(BlockedBy what, std::size_t rows) const;
  /// How many rows there are.
  std::size_t size(BlockedBy what) const { return names(what).size(); }
  /// No count lacks more than this; 0: all are exact.
  std::uint64_t missed_max(BlockedBy what) const { return names(what).missed_max(); }

 private:
  const CountedNames& names(BlockedBy what) const;
  CountedNames& names(BlockedBy what);
  void count(const AuditEntry& entry);
  void add_follows(std::vector<Row>& rows) const;

  std::array<CountedNames, kBlockedBy.size()> names_;
  CountedNames follows_;  // pairs: the blocked host and the allowed one
  LastAllowed last_allowed_;
  std::uint64_t allowed_ = 0;
  BlockedCount blocked_;
  std::optional<TimePoint> from_;
  std::optional<TimePoint> to_;
};

}  // namespace sallyport
