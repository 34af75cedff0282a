#include "proxy/commands/top_json.h"

#include "metrics/json_line.h"
#include "metrics/time_text.h"

namespace sallyport {
namespace {

/// Boost.JSON writes characters raw that steer a terminal; the audit log's own escapes do not.
std::string quoted(std::string_view text) { return '"' + visible(text, text.size()) + '"'; }

/// `"key":` and the value, behind a comma where another member stands before it.
void add(std::string& object, std::string_view key, std::string_view value) {
  if (object.back() != '{') object += ',';
  object += '"';
  object += key;
  object += "\":";
  object += value;
}

void add(std::string& object, std::string_view key, std::uint64_t value) {
  add(object, key, std::to_string(value));
}

void add(std::string& object, const BlockedCount& count) {
  add(object, text(Decision::block), count.block);
  add(object, text(Decision::would_block), count.would_block);
}

std::string list_of(const std::vector<std::string>& objects) {
  std::string list = "[";
  for (const std::string& each : objects) {
    if (list.size() > 1) list += ',';
    list += each;
  }
  return list + ']';
}

std::string follows_of(const BlockedCounts::Row& row) {
  std::vector<std::string> objects;
  for (const auto& [host, count] : row.follows) {
    std::string object = "{";
    add(object, "host", quoted(host));
    add(object, "count", count);
    objects.push_back(object + '}');
  }
  return list_of(objects);
}

std::string rows_of(const TopView& view, const BlockedByWords& words) {
  std::vector<std::string> objects;
  for (const BlockedCounts::Row& row : view.counts.most(words.what, view.rows)) {
    std::string object = "{";
    add(object, words.one, quoted(row.name));
    if (words.what == BlockedBy::client) add(object, "client_name", quoted(row.client_name));
    add(object, row.count);
    if (words.what == BlockedBy::host) add(object, "follows", follows_of(row));
    objects.push_back(object + '}');
  }
  return list_of(objects);
}

/// By how much counts may be too low, where they may.
std::string missed_of(const BlockedCounts& counts) {
  std::string object = "{";
  for (const BlockedByWords& words : kBlockedByWords) {
    const std::uint64_t missed_max = counts.missed_max(words.what);
    if (missed_max > 0) add(object, words.many, missed_max);
  }
  return object + '}';
}

}  // namespace

std::string top_json(const TopView& view) {
  const BlockedCounts& counts = view.counts;
  TimeText time_text;
  std::string object = "{";
  if (counts.from()) add(object, "from", quoted(time_text.of(*counts.from())));
  if (counts.to()) add(object, "to", quoted(time_text.of(*counts.to())));
  add(object, text(Decision::allow), counts.allowed());
  add(object, counts.blocked());
  for (const BlockedByWords& words : kBlockedByWords) add(object, words.many, rows_of(view, words));
  add(object, "missed_max", missed_of(counts));
  add(object, "not_records", view.log.not_records());
  if (view.log.not_records() > 0) add(object, "first_not_record", view.log.first_not_record());
  add(object, "torn", view.log.torn());
  return object + '}';
}

}  // namespace sallyport
