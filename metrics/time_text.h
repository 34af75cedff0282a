// RFC 3339 times in UTC, written and read back. The calendar is worked out once a second.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "policy/values/facts.h"

namespace sallyport {

/// `2026-12-24T18:00:00.000001Z`. Not for use by several threads at once.
class TimeText {
 public:
  /// Valid until the next call. Years outside 1970 to 9999 are told as the nearest of these.
  std::string_view of(TimePoint time);

 private:
  std::array<char, 27> text_{};
  std::int64_t second_ = -1;
};

/// The time that TimeText writes as this text; nothing where it writes none so.
std::optional<TimePoint> time_of_text(std::string_view text);

}  // namespace sallyport
