#include "metrics/audit_log_reader.h"

#include <utility>

namespace sallyport {

AuditLogReader::AuditLogReader(Take take) : take_(std::move(take)) {}

void AuditLogReader::read(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) return keep(bytes);
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    if (!rest_.empty() || is_too_long_) {
      keep(line);
      line = rest_;
    }
    ++line_number_;
    if (is_too_long_ || !take_line(line)) {
      ++not_records_;
      if (first_not_record_ == 0) first_not_record_ = line_number_;
    }
    forget_rest();
  }
}

bool AuditLogReader::take_line(std::string_view line) {
  if (line.size() > kLineBytesMax) return false;
  const auto entry = line_reader_.read(line);
  if (entry) take_(*entry);
  return entry.has_value();
}

/// What is too long is not kept, only that it was.
void AuditLogReader::keep(std::string_view piece) {
  is_too_long_ = is_too_long_ || rest_.size() + piece.size() > kLineBytesMax;
  if (is_too_long_) {
    rest_.clear();
  } else {
    rest_.append(piece);
  }
}

void AuditLogReader::forget_rest() {
  rest_.clear();
  is_too_long_ = false;
}

void AuditLogReader::end() {
  const bool has_rest = !rest_.empty() || is_too_long_;
  if (has_rest && (is_too_long_ || !take_line(rest_))) ++torn_;
  forget_rest();
}

void AuditLogReader::begin_anew() {
  if (!rest_.empty() || is_too_long_) ++torn_;
  forget_rest();
  line_number_ = 0;
}

}  // namespace sallyport
