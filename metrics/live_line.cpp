#include "metrics/live_line.h"

#include "metrics/audit_line.h"
#include "metrics/json_line.h"
#include "metrics/time_text.h"

namespace sallyport {
namespace {

std::string place(const AttemptRecord& record) {
  if (record.host.empty()) return "(no host)";
  std::string place = visible(record.host, AuditLine::kHostCharsMax);
  if (place.find(':') != std::string::npos) place = "[" + place + "]";
  if (record.port != 0) place += ":" + std::to_string(record.port);
  if (!record.target.empty() && record.target.front() == '/') {
    const std::string_view target = record.target;
    place += visible(target.substr(0, target.find_first_of("?#")), AuditLine::kUrlCharsMax);
  }
  return place;
}

}  // namespace

std::string live_line(const AttemptRecord& record, bool with_colour) {
  if (record.decision == Decision::allow) return {};
  const bool is_block = record.decision == Decision::block;
  TimeText time_text;
  std::string line(time_text.of(record.time).substr(11, 8));
  line += ' ';
  if (with_colour) line += is_block ? "\x1b[31m" : "\x1b[33m";
  line += is_block ? "BLOCKED" : "WOULD BLOCK";
  if (with_colour) line += "\x1b[0m";
  line += " " + record.client.text();
  if (!record.client_name.empty()) line += " (" + visible(record.client_name, 64) + ")";
  if (!record.method.empty()) line += " " + visible(record.method, 32);
  line += " " + place(record) + ": " + std::string(text(record.reason));
  if (!record.rule.empty()) line += ", rule " + visible(record.rule, 64);
  line += '\n';
  return line;
}

}  // namespace sallyport
