// The bytes of an audit log, as they come, to its records; what is no record is counted, not
// refused, since a log that went through a container's runtime has other lines, too. However the
// bytes are cut, the records are the same. Holds one line at most. Not for use by several threads
// at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "metrics/audit_line_reader.h"

namespace sallyport {

class AuditLogReader {
 public:
  /// Called with each record; its texts live until the call returns.
  using Take = std::function<void(const AuditEntry& entry)>;

  /// A longer line is no record: the gate writes none above 16 KiB (AuditLine::kBytesMax).
  static constexpr std::size_t kLineBytesMax = std::size_t{64} * 1024;

  explicit AuditLogReader(Take take);

  void read(std::string_view bytes);

  /// Nothing more comes. A last line without its line feed is taken if it is a whole record, and
  /// is torn else.
  void end();

  /// What comes next is another file. A line that the former one holds in part is torn, since the
  /// gate writes it whole into the next one.
  void begin_anew();

  /// Lines with their line feed that were no audit records.
  std::uint64_t not_records() const { return not_records_; }
  /// The number of the first of them in its file, from 1; 0: there is none.
  std::uint64_t first_not_record() const { return first_not_record_; }
  /// Last lines of a file that ended within.
  std::uint64_t torn() const { return torn_; }

 private:
  bool take_line(std::string_view line);
  void keep(std::string_view piece);
  void forget_rest();

  Take take_;
  AuditLineReader line_reader_;
  std::string rest_;  // of a line whose end has not come
  bool is_too_long_ = false;
  std::uint64_t line_number_ = 0;
  std::uint64_t not_records_ = 0;
  std::uint64_t first_not_record_ = 0;
  std::uint64_t torn_ = 0;
};

}  // namespace sallyport
