// The process as the kernel counts it, for the standard `process_*` metrics. Linux alone.
#pragma once

#include <optional>

namespace sallyport {

/// Each value is absent where the kernel does not tell it.
struct ProcessStats {
  std::optional<double> cpu_seconds;
  std::optional<double> start_time_seconds;  ///< since 1970
  std::optional<double> resident_bytes;
  std::optional<double> virtual_bytes;
  std::optional<double> open_fds;
  std::optional<double> max_fds;
};

/// Reads `/proc/self`. Any thread.
ProcessStats process_stats();

}  // namespace sallyport
