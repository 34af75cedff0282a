// The wall clock as records and facts have it: in microseconds. Any thread; it may be set back.
#pragma once

#include <chrono>
#include <ctime>

#include "policy/values/facts.h"

namespace sallyport {

inline TimePoint wall_clock() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

/// The same as of the last tick of the kernel, some milliseconds ago at most, at a fifth of the
/// price.
inline TimePoint coarse_wall_clock() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return TimePoint(std::chrono::seconds(now.tv_sec) +
                   std::chrono::microseconds(now.tv_nsec / 1000));
}

}  // namespace sallyport
