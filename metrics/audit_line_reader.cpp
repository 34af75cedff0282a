#include "metrics/audit_line_reader.h"

#include <algorithm>

#include <boost/json/basic_parser_impl.hpp>

#include "metrics/time_text.h"

namespace sallyport {
namespace {

namespace json = boost::json;

/// The members that are read; all else of a line is passed over.
enum Member : std::size_t {
  event,
  time,
  client,
  client_name,
  decision,
  reason,
  rule,
  host,
  schema,  // the numbers begin here
  duration_ms,
  none,
};
static_assert(schema == AuditLineReader::Members::kTexts);
static_assert(none == schema + AuditLineReader::Members::kNumbers);

constexpr std::array<std::string_view, none> kKeys{
    "event",  "time", "client", "client_name", "decision",
    "reason", "rule", "host",   "schema",      "duration_ms"};

Member member_of(std::string_view key) {
  const auto found = std::find(kKeys.begin(), kKeys.end(), key);
  return static_cast<Member>(found - kKeys.begin());
}

/// What Boost.JSON's parser calls; the names and signatures are its own.
class Events {
 public:
  // NOLINTBEGIN(readability-identifier-naming)
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);
  // NOLINTEND(readability-identifier-naming)

  explicit Events(AuditLineReader::Members& members) : members_(members) {}

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code& error) {
    ++depth_;
    return check(member_ == none, error);
  }
  bool on_object_end(std::size_t, json::error_code&) {
    --depth_;
    return true;
  }
  bool on_array_begin(json::error_code& error) {
    ++depth_;
    return check(depth_ > 1 && member_ == none, error);
  }
  bool on_array_end(std::size_t, json::error_code&) {
    --depth_;
    return true;
  }

  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    key_.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& error) {
    key_.append(part.data(), part.size());
    member_ = depth_ == 1 ? member_of(key_) : none;
    key_.clear();
    if (member_ == none) return true;
    const std::uint32_t bit = 1U << member_;
    const bool is_first = (members_.seen & bit) == 0;
    members_.seen |= bit;
    return check(is_first, error);
  }

  bool on_string_part(json::string_view part, std::size_t, json::error_code& error) {
    return append(part, error);
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& error) {
    const bool is_taken = append(part, error);
    member_ = none;
    return is_taken;
  }

  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t value, json::string_view, json::error_code& error) {
    if (value >= 0) return number(static_cast<std::uint64_t>(value), error);
    return passed_over(error);
  }
  bool on_uint64(std::uint64_t value, json::string_view, json::error_code& error) {
    return number(value, error);
  }
  bool on_double(double, json::string_view, json::error_code& error) { return passed_over(error); }
  bool on_bool(bool, json::error_code& error) { return passed_over(error); }
  bool on_null(json::error_code& error) { return passed_over(error); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  static bool check(bool is_good, json::error_code& error) {
    if (!is_good) error = json::error::syntax;
    return is_good;
  }

  /// A value that may only stand at a member that is not read.
  bool passed_over(json::error_code& error) { return check(member_ == none, error); }

  bool append(json::string_view part, json::error_code& error) {
    if (member_ == none) return true;
    if (member_ >= schema) return check(false, error);
    std::string& text = members_.texts[member_];
    text.append(part.data(), part.size());
    return check(text.size() <= AuditLineReader::kTextBytesMax, error);
  }

  bool number(std::uint64_t value, json::error_code& error) {
    if (member_ == none) return true;
    if (member_ < schema) return check(false, error);
    members_.numbers[member_ - schema] = value;
    member_ = none;
    return true;
  }

  AuditLineReader::Members& members_;
  std::size_t depth_ = 0;
  Member member_ = none;  // whose value comes next
  std::string key_;
};

bool read_members(std::string_view line, AuditLineReader::Members& members) {
  for (std::string& text : members.texts) text.clear();
  members.numbers.fill(0);
  members.seen = 0;
  json::parse_options options;
  options.max_depth = 4;  // `aws` and its lists
  json::basic_parser<Events> parser(options, members);
  json::error_code error;
  const std::size_t size = parser.write_some(false, line.data(), line.size(), error);
  // A scalar alone is JSON, too.
  return !error && parser.done() && size == line.size() && members.seen != 0;
}

AuditEntry::Event event_of(std::string_view word) {
  using Event = AuditEntry::Event;
  if (word == "connect") return Event::connect;
  if (word == "request") return Event::request;
  if (word == "dns") return Event::dns;
  if (word == "close") return Event::close;
  return Event::other;
}

std::optional<Decision> decision_of(std::string_view word) {
  for (const Decision each : {Decision::allow, Decision::block, Decision::would_block}) {
    if (word == text(each)) return each;
  }
  return std::nullopt;
}

}  // namespace

std::optional<AuditEntry> AuditLineReader::read(std::string_view line) {
  if (!read_members(line, members_)) return std::nullopt;
  const auto& texts = members_.texts;
  const auto began = time_of_text(texts[Member::time]);
  if (members_.numbers[0] != 1 || texts[Member::event].empty() || !began) return std::nullopt;
  AuditEntry entry;
  entry.event = event_of(texts[Member::event]);
  entry.time = *began;
  if (entry.event == AuditEntry::Event::other) return entry;
  const auto decision = decision_of(texts[Member::decision]);
  if (!decision || texts[Member::reason].empty() || texts[Member::client].empty()) {
    return std::nullopt;
  }
  entry.decision = *decision;
  // No attempt lasts a year; a time and a duration can be summed then.
  constexpr std::uint64_t kDurationMaxMs = 366ULL * 24 * 3600 * 1000;
  entry.duration = std::chrono::milliseconds(std::min(members_.numbers[1], kDurationMaxMs));
  entry.client = texts[Member::client];
  entry.client_name = texts[Member::client_name];
  entry.reason = texts[Member::reason];
  entry.rule = texts[Member::rule];
  entry.host = texts[Member::host];
  return entry;
}

}  // namespace sallyport
