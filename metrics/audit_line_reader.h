// Reads a line of the audit log back: what counts blocks needs of it. audit_line.h writes these
// lines; what it would not have written so (another schema, a key twice, a text longer than it
// writes any) is no audit record. Not for use by several threads at once.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policy/values/decision.h"
#include "policy/values/facts.h"

namespace sallyport {

/// One audit record. Absent texts are empty; what is not told of an event keeps its default.
struct AuditEntry {
  /// What the record tells of. `other`: a `reload`, or an event of a later version.
  enum class Event : std::uint8_t { connect, request, dns, close, other };

  Event event = Event::other;
  Decision decision = Decision::block;
  TimePoint time;  ///< when the attempt began; of a `close`, when it ended
  std::chrono::milliseconds duration{};
  std::string_view client;
  std::string_view client_name;
  std::string_view reason;
  std::string_view rule;
  std::string_view host;
};

class AuditLineReader {
 public:
  /// No text that is read here is longer: 255 characters of a host, in UTF-8.
  static constexpr std::size_t kTextBytesMax = 1020;

  /// `line` without its line feed. Nothing: it is no audit record. Its texts live until the next
  /// call.
  std::optional<AuditEntry> read(std::string_view line);

  /// The texts that are read, by their keys' places in a table of the source file.
  struct Members {
    static constexpr std::size_t kTexts = 8;
    static constexpr std::size_t kNumbers = 2;

    std::array<std::string, kTexts> texts;
    std::array<std::uint64_t, kNumbers> numbers{};
    std::uint32_t seen = 0;  ///< a bit for each of both, texts first
  };

 private:
  Members members_;
};

}  // namespace sallyport
