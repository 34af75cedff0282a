// The wall clock as records and facts have it: in microseconds. Any thread; it may be set back.
#pragma once

#include <chrono>

#include "policy/values/facts.h"

namespace sallyport {

inline TimePoint wall_clock() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace sallyport
