// Audit logs as they are read back, against a tree of each line and a plain judgement of that; and
// what is counted of them in little memory, against exact counts. However the bytes are cut, the
// records are the same.
//
// The first byte is how the rest, a log, is cut into reads (cuts.h).
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "metrics/audit_log_reader.h"
#include "metrics/blocked_counts.h"
#include "metrics/time_text.h"
#include "tests/fuzz/cuts.h"
#include "tests/fuzz/require.h"

using namespace sallyport;
using fuzz::require;

namespace {

constexpr std::string_view kTexts[] = {"event",    "time",   "client", "client_name",
                                       "decision", "reason", "rule",   "host"};

/// A record's texts, in the order of kTexts, and how long it lasted.
struct Plain {
  std::map<std::string_view, std::string> texts;
  std::uint64_t duration_ms = 0;
  bool is_other = false;
};

std::optional<boost::json::object> tree_of(std::string_view line) {
  boost::json::error_code error;
  boost::json::parse_options options;
  options.max_depth = 4;
  auto tree = boost::json::parse({line.data(), line.size()}, error, {}, options);
  if (error || !tree.is_object()) return std::nullopt;
  return tree.as_object();
}

/// What a tree says, where it is a record.
std::optional<Plain> plain_of(const boost::json::object& tree) {
  Plain plain;
  for (const std::string_view key : kTexts) {
    const auto* value = tree.if_contains({key.data(), key.size()});
    if (value == nullptr) continue;
    if (!value->is_string()) return std::nullopt;
    const auto& text = value->get_string();
    if (text.size() > AuditLineReader::kTextBytesMax) return std::nullopt;
    plain.texts[key] = {text.data(), text.size()};
  }
  for (const char* key : {"schema", "duration_ms"}) {
    const auto* value = tree.if_contains(key);
    if (value == nullptr) continue;
    boost::json::error_code error;
    const bool is_whole = value->is_int64() || value->is_uint64();
    const auto number = is_whole ? value->to_number<std::uint64_t>(error) : 0;
    if (!is_whole || error) return std::nullopt;
    if (key[0] == 's' && number != 1) return std::nullopt;
    if (key[0] == 'd') plain.duration_ms = number;
  }
  const bool has_schema = tree.contains("schema");
  if (!has_schema || plain.texts["event"].empty() || !time_of_text(plain.texts["time"])) {
    return std::nullopt;
  }
  const std::string& event = plain.texts["event"];
  plain.is_other = event != "connect" && event != "request" && event != "dns" && event != "close";
  if (plain.is_other) return plain;
  const std::string& decision = plain.texts["decision"];
  const bool is_decision = decision == "allow" || decision == "block" || decision == "would_block";
  if (!is_decision || plain.texts["reason"].empty() || plain.texts["client"].empty()) {
    return std::nullopt;
  }
  return plain;
}

void require_same(const AuditEntry& entry, Plain plain) {
  require((entry.event == AuditEntry::Event::other) == plain.is_other, "the same kind of event");
  TimeText time_text;
  require(time_text.of(entry.time) == plain.texts["time"], "the same time");
  if (plain.is_other) return;
  require(text(entry.decision) == plain.texts["decision"], "the same decision");
  require(entry.client == plain.texts["client"] && entry.client_name == plain.texts["client_name"],
          "the same client");
  require(entry.reason == plain.texts["reason"] && entry.rule == plain.texts["rule"],
          "the same reason and rule");
  require(entry.host == plain.texts["host"], "the same host");
  const auto duration_ms = static_cast<std::uint64_t>(entry.duration.count());
  require(duration_ms <= plain.duration_ms, "no longer than it says");
  require(duration_ms == plain.duration_ms || duration_ms > 10'000'000'000, "and as long");
}

/// True where the line is a record.
bool check_line(std::string_view line) {
  AuditLineReader reader;
  const auto tree = tree_of(line);
  const auto entry = reader.read(line);
  if (!tree) {
    require(!entry, "what is no JSON is no record");
    return false;
  }
  const auto plain = plain_of(*tree);
  require(!entry || plain, "what is read is a record");
  if (entry) require_same(*entry, *plain);
  // Where a key stands twice the tree has the last; written anew, it stands there once.
  const std::string once = boost::json::serialize(*tree);
  const auto again = reader.read(once);
  require(again.has_value() == plain.has_value(), "both find a record or neither does");
  if (again) require_same(*again, *plain);
  return entry.has_value();
}

/// Counts of a log's records, in as little memory as there can be and exactly.
struct Counted {
  BlockedCounts counts{2};
  std::map<std::string, std::uint64_t> hosts;
  std::uint64_t records = 0;

  void take(const AuditEntry& entry) {
    ++records;
    const BlockedCount before = counts.blocked();
    counts.take(entry);
    if (counts.blocked().sum() > before.sum()) ++hosts[std::string(entry.host)];
  }
};

void check_counts(const Counted& counted) {
  const BlockedCounts& counts = counted.counts;
  std::uint64_t sum = 0;
  for (const auto& [host, count] : counted.hosts) sum += count;
  require(counts.blocked().sum() == sum, "each block has its host");
  require(sum + counts.allowed() <= counted.records, "no record counts twice");
  for (const BlockedBy what : kBlockedBy) {
    const auto rows = counts.most(what, 10);
    require(rows.size() == counts.size(what) && rows.size() <= 2, "few names are kept");
    for (std::size_t i = 1; i < rows.size(); ++i) {
      require(rows[i - 1].count.sum() >= rows[i].count.sum(), "most first");
    }
  }
  std::map<std::string, std::uint64_t> told;
  for (const auto& row : counts.most(BlockedBy::host, 10)) {
    told[std::string(row.name)] = row.count.sum();
    std::uint64_t followed = 0;
    for (const auto& each : row.follows) {
      followed += each.count;
      require(each.host != row.name, "no host follows itself");
    }
    require(followed <= counted.hosts.at(std::string(row.name)), "what follows was blocked");
  }
  for (const auto& [host, count] : counted.hosts) {
    require(told[host] <= count, "no count is too high");
    require(count <= told[host] + counts.missed_max(BlockedBy::host), "and none lacks more");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // A copy of the exact size, so that ASan sees a read past its end.
  const std::vector<char> bytes(data + 1, data + size);
  const std::string_view log(bytes.data(), bytes.size());

  std::uint64_t records = 0;
  std::uint64_t not_records = 0;
  std::string_view rest = log;
  for (std::size_t end; (end = rest.find('\n')) != std::string_view::npos;) {
    const bool is_record = end <= AuditLogReader::kLineBytesMax && check_line(rest.substr(0, end));
    ++(is_record ? records : not_records);
    rest.remove_prefix(end + 1);
  }
  const bool is_whole = rest.size() <= AuditLogReader::kLineBytesMax && check_line(rest);

  Counted counted;
  AuditLogReader reader([&](const AuditEntry& entry) { counted.take(entry); });
  fuzz::Cuts cuts(data[0]);
  for (std::size_t at = 0; at < log.size();) {
    const std::string_view piece = log.substr(at, cuts.next());
    // A copy that is gone before the next comes.
    reader.read(std::string(piece));
    at += piece.size();
  }
  require(counted.records == records, "each record is read");
  require(reader.not_records() == not_records && reader.torn() == 0, "and all else is counted");
  reader.end();
  require(counted.records == records + (is_whole ? 1 : 0), "a whole last line counts");
  require(reader.torn() == (rest.empty() || is_whole ? 0 : 1), "another is torn");
  check_counts(counted);
  return 0;
}
