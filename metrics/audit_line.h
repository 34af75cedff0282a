// Formats records as JSON lines, keys in the order of DESIGN.md, section Audit record. Redaction
// happens here and nowhere else: no query, whole access key id or control byte leaves this file.
// One AuditLine per thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/attempt_record.h"
#include "metrics/time_text.h"

namespace sallyport {

/// `AKIA...UIES`. Of a text too short to be a key id nothing is shown: its ends would be all of it.
std::string redacted_key_id(std::string_view id);

class AuditLine {
 public:
  /// No line is longer; texts and lists are cut where they would make it so.
  static constexpr std::size_t kBytesMax = 16 * 1024;
  /// With less room than this an attempt's line could lose more than the ends of its texts.
  static constexpr std::size_t kBytesMin = 4 * 1024;

  static constexpr std::size_t kHostCharsMax = 255;
  static constexpr std::size_t kUrlCharsMax = 512;

  /// `listeners`: what a record's listener number means, such as `http 0.0.0.0:3128`.
  AuditLine(std::string_view instance, const std::vector<std::string>& listeners);

  /// Writes a line, its line feed included, of at most `limit` bytes; returns its length.
  /// REQUIRES: limit of at least kBytesMin.
  std::size_t write(const AttemptRecord& record, char* to, std::size_t limit);

  /// The `close` of a tunnel. REQUIRES: limit of at least close_bytes_max(tunnel).
  std::size_t write(const TunnelRecord& tunnel, const TunnelEnd& end, char* to, std::size_t limit);

  /// A `reload`. REQUIRES: limit of at least kBytesMin.
  std::size_t write(const ReloadRecord& reload, char* to, std::size_t limit);

  /// What the `close` of this tunnel takes at most, whatever its end: about 1 KiB.
  std::size_t close_bytes_max(const TunnelRecord& tunnel) const;

 private:
  std::string_view listener(std::uint16_t number) const;

  // Members that are the same in every line.
  std::string instance_;
  std::vector<std::string> listeners_;
  TimeText time_text_;
};

}  // namespace sallyport
